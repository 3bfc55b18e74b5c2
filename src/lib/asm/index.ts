export * from './iced.ts';
export * from './instruction.ts';
