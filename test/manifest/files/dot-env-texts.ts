/** Texts in the form of `.env`, and the names that they give a value. */
export const dotEnvTexts: [text: string, names: string[]][] = [
  ['', []],
  ['B=1\nA=2\nB=3\n', ['A', 'B']],
  ['export A=1\nexport\tB = 2\nexportC=3', ['A', 'B', 'exportC']],
  ['# A=1\n  # B=2\nC=3 # D=4\n', ['C']],
  ['A\nB=\nC= # none\n', ['B', 'C']],
  ['A="one\nB=two"\nC=3\n', ['A', 'C']],
  ["A='one\nB=two' # end\nC=3\n", ['A', 'C']],
  ['A="one \\" two\nB=3"\nC=4', ['A', 'C']],
  ['A="never closed\nB=2\n', ['B']],
  ['A="x" y\nB=2\n', ['B']],
  ["'A B'=1\n'C' = 2\n", ['A B', 'C']],
  ['A=1\r\nB=2\r\n', ['A', 'B']],
  ['\uFEFFA=1', ['A']],
  ['=x\nA=1\n', ['A']],
  ['A=b=c\nB.C=1\nD-E=2\n', ['A', 'B.C', 'D-E']],
  ['A B=1\nC=2\n', ['C']],
];
