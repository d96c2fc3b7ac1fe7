// Package quarantine shows people what is in the quarantine: in groups, with samples in which the
// offending place is marked, and with what to write into the contract where that can be known.
package quarantine
