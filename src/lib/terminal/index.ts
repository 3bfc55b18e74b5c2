export * from './driver.ts';
export * from './host.ts';
export * from './protocol.ts';
