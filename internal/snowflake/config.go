package snowflake

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/contract"
)

// Config says what is set up.
type Config struct {
	// Pipeline is the pipeline's name, for people. Required.
	Pipeline string
	// Tables are those of the contracts and the quarantine's. Required.
	Tables []*contract.Table
	Names  Names
	Lake   Lake
	// User is the user of Snowflake that runs setup and is given both roles. Required.
	User Name
	// RoleName is the IAM role that Snowflake assumes. Required.
	RoleName string
	// Credits are what the virtual warehouse may use in a month before it is suspended. Default 10: an XSMALL
	// warehouse uses one an hour, so a forgotten loop costs some 30 dollars and not a thousand.
	Credits int
	// External makes external tables, which read the files in place. Pipes makes tables and pipes. Default: pipes.
	External, Pipes bool
	// RestrictVPC closes the bucket to all but Snowflake's VPCs and this account.
	RestrictVPC bool
	// Backfill loads files that were there before the pipes.
	Backfill bool
	// Event, if set, is sent at the end through the whole path, when setup had anything to change.
	Event *Event
	// Patience is how long to wait until AWS and Snowflake agree about the role. Default 3m: IAM needs seconds, now
	// and then a minute.
	Patience time.Duration
	// Pause is between two questions while waiting. Default 5s.
	Pause time.Duration
}

// Lake is where files lie.
type Lake struct {
	Bucket, Prefix, Region, Account string
}

// URL of the data prefix, as Snowflake writes it.
func (l Lake) URL() string {
	scheme := "s3"
	switch l.partition() {
	case "aws-us-gov":
		scheme = "s3gov"
	case "aws-cn":
		scheme = "s3china"
	}
	return scheme + "://" + l.Bucket + "/" + l.Prefix
}

// partition of AWS that a region belongs to.
func (l Lake) partition() string {
	switch {
	case strings.HasPrefix(l.Region, "us-gov-"):
		return "aws-us-gov"
	case strings.HasPrefix(l.Region, "cn-"):
		return "aws-cn"
	}
	return "aws"
}

func (c Config) withDefaults() Config {
	if c.Credits == 0 {
		c.Credits = 10
	}
	if !c.External {
		c.Pipes = true
	}
	if c.Patience == 0 {
		c.Patience = 3 * time.Minute
	}
	if c.Pause == 0 {
		c.Pause = 5 * time.Second
	}
	return c
}

// RoleARN of the IAM role, known before it exists.
func (c Config) RoleARN() string {
	return "arn:" + c.Lake.partition() + ":iam::" + c.Lake.Account + ":role/" + c.RoleName
}

// ExternalID is our own, the same for ever: an integration that is made again is trusted at once.
func (c Config) ExternalID() string {
	sum := sha256.Sum256([]byte(c.Lake.Account + "/" + c.Lake.URL() + "/" + string(c.Names.Integration)))
	return "penstock-" + hex.EncodeToString(sum[:12])
}

// notificationID marks the bucket notification that is setup's.
func (c Config) notificationID() string { return "penstock-snowflake-" + string(c.Names.Integration) }

func (c Config) description() string { return "Snowflake reads the lake of pipeline " + c.Pipeline }

// PolicyName is the inline policy of the IAM role.
const PolicyName = "lake-read"
