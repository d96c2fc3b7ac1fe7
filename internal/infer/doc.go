// Package infer proposes contracts and dashboards from sample events: a first version for people to
// read and mend, in which each line says what it was concluded from.
//
// Contracts looks at each event once to tell the types of events apart, once more to see which
// fields and values they have, and then runs the events through the contracts it proposes. It is
// cautious where a guess could lose something: events are refused only for what all samples have,
// nothing is dropped, and a key is proposed only for the id of an event itself.
package infer
