export * from './decode.ts';
export * from './locate.ts';
export * from './native-array.ts';
export * from './nibbles.ts';
