// Package snowflake sets Snowflake up behind the lake: names, the text of every statement, and the list of tasks that
// setup, its dry run and its worksheet share. It reaches nothing by itself; a session and an AWS side are handed in.
package snowflake
