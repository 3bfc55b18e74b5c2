/** Names of the Win32 errors and NTSTATUS values a thread's TEB most often holds (winerror.h, ntstatus.h), with the system's own English text. */
const WIN32: Readonly<Record<number, string>> = {
  0: 'The operation completed successfully.', 2: 'The system cannot find the file specified.', 3: 'The system cannot find the path specified.', 5: 'Access is denied.', 6: 'The handle is invalid.',
  8: 'Not enough memory resources are available to process this command.', 14: 'Not enough memory resources are available to complete this operation.', 18: 'There are no more files.',
  31: 'A device attached to the system is not functioning.', 32: 'The process cannot access the file because it is being used by another process.', 38: 'Reached the end of the file.',
  50: 'The request is not supported.', 87: 'The parameter is incorrect.', 109: 'The pipe has been ended.', 120: 'This function is not supported on this system.',
  122: 'The data area passed to a system call is too small.', 126: 'The specified module could not be found.', 127: 'The specified procedure could not be found.',
  183: 'Cannot create a file when that file already exists.', 203: 'The system could not find the environment option that was entered.', 232: 'The pipe is being closed.', 234: 'More data is available.',
  258: 'The wait operation timed out.', 259: 'No more data is available.', 487: 'Attempt to access invalid address.', 995: 'The I/O operation has been aborted because of either a thread exit or an application request.',
  997: 'Overlapped I/O operation is in progress.', 998: 'Invalid access to memory location.', 1008: 'An attempt was made to reference a token that does not exist.', 1168: 'Element not found.',
  1400: 'Invalid window handle.', 1450: 'Insufficient system resources exist to complete the requested service.', 1455: 'The paging file is too small for this operation to complete.', 1460: 'This operation returned because the timeout period expired.',
  10035: 'A non-blocking socket operation could not be completed immediately.', 10054: 'An existing connection was forcibly closed by the remote host.', 10060: 'A connection attempt failed because the connected party did not properly respond after a period of time.', 10061: 'No connection could be made because the target machine actively refused it.',
};

const NTSTATUS: Readonly<Record<number, string>> = {
  0: 'STATUS_SUCCESS', 0x102: 'STATUS_TIMEOUT', 0x103: 'STATUS_PENDING', 0x40000003: 'STATUS_IMAGE_NOT_AT_BASE', 0x80000005: 'STATUS_BUFFER_OVERFLOW', 0x8000001a: 'STATUS_NO_MORE_ENTRIES',
  0xc0000002: 'STATUS_NOT_IMPLEMENTED', 0xc0000004: 'STATUS_INFO_LENGTH_MISMATCH', 0xc0000005: 'STATUS_ACCESS_VIOLATION', 0xc0000008: 'STATUS_INVALID_HANDLE', 0xc000000d: 'STATUS_INVALID_PARAMETER',
  0xc000000f: 'STATUS_NO_SUCH_FILE', 0xc0000010: 'STATUS_INVALID_DEVICE_REQUEST', 0xc0000011: 'STATUS_END_OF_FILE', 0xc0000017: 'STATUS_NO_MEMORY', 0xc0000018: 'STATUS_CONFLICTING_ADDRESSES',
  0xc0000022: 'STATUS_ACCESS_DENIED', 0xc0000023: 'STATUS_BUFFER_TOO_SMALL', 0xc0000034: 'STATUS_OBJECT_NAME_NOT_FOUND', 0xc0000035: 'STATUS_OBJECT_NAME_COLLISION', 0xc000003a: 'STATUS_OBJECT_PATH_NOT_FOUND',
  0xc0000100: 'STATUS_VARIABLE_NOT_FOUND', 0xc0000120: 'STATUS_CANCELLED', 0xc0000135: 'STATUS_DLL_NOT_FOUND', 0xc0000139: 'STATUS_ENTRYPOINT_NOT_FOUND', 0xc000014b: 'STATUS_PIPE_BROKEN', 0xc0000225: 'STATUS_NOT_FOUND',
};

export const win32Text = (code: number): string => WIN32[code] ?? '<Unable to get error code text>';
export const ntStatusText = (code: number): string => NTSTATUS[code] ?? '<Unable to get error code text>';
