// Package recovery brings rows that Snowflake refused into the quarantine: it reads the files that were not loaded
// whole back from the lake, asks the table which of their rows it has, and writes the others as one more object of the
// quarantine, which its pipe loads like any other.
package recovery
