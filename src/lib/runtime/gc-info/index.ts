export * from './bits.ts';
export * from './decode.ts';
export * from './encoding.ts';
export * from './frame-slots.ts';
export * from './live.ts';
export * from './locate.ts';
