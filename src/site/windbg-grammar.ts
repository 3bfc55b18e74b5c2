/** TextMate grammar for WinDbg and SOS sessions: prompts, commands, options, addresses. */
export const windbgGrammar = {
  name: 'windbg',
  displayName: 'WinDbg and SOS',
  aliases: ['sos', 'dotnet-dump'],
  scopeName: 'source.windbg',
  patterns: [
    { include: '#prompt' },
    { include: '#comment' },
    { include: '#command' },
    { include: '#option' },
    { include: '#string' },
    { include: '#address' },
    { include: '#error' },
  ],
  repository: {
    prompt: { match: '^(\\d+:\\d{3}(?::x86)?>|>)\\s', name: 'punctuation.definition.prompt.windbg' },
    comment: { match: '(^|;)\\s*(\\*|\\$\\$).*$', name: 'comment.line.windbg' },
    command: { match: '(?<=^|[;>{]\\s{0,4})(![A-Za-z_][\\w.]*|\\.[a-z]+|~[*.#\\d]*[a-z]*|\\|{1,2}|\\?{1,2})', name: 'keyword.control.windbg' },
    option: { match: '(?<=\\s)[-/][A-Za-z]\\w*', name: 'variable.parameter.windbg' },
    string: { begin: '"', end: '"', name: 'string.quoted.double.windbg' },
    address: { match: '\\b(0x[0-9a-fA-F`]+|[0-9a-f]{8,16}|[0-9a-f]{8}`[0-9a-f]{8})\\b', name: 'constant.numeric.hex.windbg' },
    error: { match: '\\b(ERR|OOM|ERROR|WARNING)\\b.*$', name: 'invalid.illegal.windbg' },
  },
};
