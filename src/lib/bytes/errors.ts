/** A text in both languages of the project. */
export interface LocalText { readonly en: string; readonly 'zh-tw': string }

/** Languages a message can be shown in. */
export type Lang = keyof LocalText;

/** What every error of the analyzer tells: what happened, where, and what the user can try. */
export abstract class DumpLabError extends Error {
  abstract readonly kind: 'format' | 'read' | 'contract';
  readonly hint: LocalText | undefined;
  constructor(message: string, hint?: LocalText) {
    super(message);
    this.name = new.target.name;
    this.hint = hint;
  }
}

/** The input is not what it claims to be (truncated, corrupt or of another kind). */
export class FormatError extends DumpLabError {
  readonly kind = 'format';
}

/** An address (or file range) is not present in the dump. */
export class ReadError extends DumpLabError {
  readonly kind = 'read';
  readonly address: number;
  constructor(address: number, length: number, hint?: LocalText) {
    super(`memory at 0x${address.toString(16)} (${length} bytes) is not in the dump`, hint);
    this.address = address;
  }
}

/** This runtime (or this dump) lacks a structure the operation needs. */
export class ContractError extends DumpLabError {
  readonly kind = 'contract';
}

/** True for errors that mean "this piece of the dump is missing or broken", not a bug of ours. */
export function isDumpError(error: unknown): error is DumpLabError {
  return error instanceof DumpLabError;
}
