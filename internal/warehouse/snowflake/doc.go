// Package snowflake loads lake files into Snowflake and answers queries there: warehouse.Target, and what people's
// SQL needs, over the Go driver with a key pair.
//
// Files are read by Snowflake itself, by COPY INTO from an external stage on the lake. The rows, a row for each file in
// a table of loads, and the shards' watermarks become visible in one transaction; so a file is there once, whatever
// Snowflake's own memory of loaded files, which ends after 64 days, has forgotten.
package snowflake
