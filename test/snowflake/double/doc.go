// Package double is a Snowflake account in memory, spoken to by the driver's own HTTP protocol: login by a signed
// token, statements, sessions. It holds the objects that setup makes and answers SHOW, DESC and the SYSTEM$ functions
// in Snowflake's shapes. Statements it does not know are refused, so that no test passes by accident.
package double
