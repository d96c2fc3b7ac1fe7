// Package cloud is the AWS side of Snowflake's setup: one role of IAM, and the lake's policy and notifications.
package cloud
