// Package expression compiles and runs the expressions of contracts: CEL, the Common Expression
// Language, over one variable, event, with numbers that are exact.
//
// There is one kind of number: a decimal. JSON numbers and literals keep their digits, arithmetic
// mixes them freely (19.90 * 2 is 39.80, 7 / 2 is 3.5, 0.1 + 0.2 is 0.3), and nothing passes
// through binary floating point. Expressions know no clock and no randomness: the same event gives
// the same answer for ever. DESIGN.md describes the language and how it runs.
package expression
