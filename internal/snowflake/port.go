package snowflake

import (
	"context"
	"io"
)

// Account runs one SQL statement in a session and returns its rows by lower-case column name. Errors of statements
// are *event.Error with one of the Code constants. A session package's Session is one.
type Account interface {
	Query(ctx context.Context, statement string) ([]map[string]string, error)
}

// Roles is the part of IAM that setup needs, for one role at a time. A role or policy that is not there is nil or
// empty, without error.
type Roles interface {
	// Role is iam:GetRole.
	Role(ctx context.Context, name string) (*Role, error)
	// CreateRole is iam:CreateRole.
	CreateRole(ctx context.Context, name, description, trust string) error
	// SetTrust is iam:UpdateAssumeRolePolicy.
	SetTrust(ctx context.Context, name, trust string) error
	// RolePolicy is iam:GetRolePolicy.
	RolePolicy(ctx context.Context, role, policy string) (string, error)
	// SetRolePolicy is iam:PutRolePolicy.
	SetRolePolicy(ctx context.Context, role, policy, document string) error
	// DeleteRole is iam:DeleteRolePolicy for the policy and iam:DeleteRole.
	DeleteRole(ctx context.Context, name, policy string) error
}

// Role is a role of IAM.
type Role struct {
	ARN, Description, Trust string
}

// Bucket is the part of S3 that setup needs, for the lake.
type Bucket interface {
	// Region is s3:HeadBucket: the bucket's region, and that it can be reached.
	Region(ctx context.Context, bucket string) (string, error)
	// Key is s3:GetEncryptionConfiguration: the ARN of the key that encrypts new objects, or empty.
	Key(ctx context.Context, bucket string) (string, error)
	// Policy is s3:GetBucketPolicy, empty without one.
	Policy(ctx context.Context, bucket string) (string, error)
	// SetPolicy is s3:PutBucketPolicy; the empty document is s3:DeleteBucketPolicy.
	SetPolicy(ctx context.Context, bucket, document string) error
	// Notifications is s3:GetBucketNotification.
	Notifications(ctx context.Context, bucket string) (Notifications, error)
	// SetNotifications is s3:PutBucketNotification. It replaces all of them.
	SetNotifications(ctx context.Context, bucket string, all Notifications) error
}

// Objects are those of the lake, by their key. What is wrong with one is an *event.Error.
type Objects interface {
	// Open is s3:GetObject. The error wraps fs.ErrNotExist for an object that is not there. The caller closes it.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	// Exists is s3:HeadObject.
	Exists(ctx context.Context, key string) (bool, error)
	// Create is s3:PutObject on the condition that there is no such object; else the error wraps fs.ErrExist.
	Create(ctx context.Context, key string, body io.ReadSeeker) error
}

// Notifications are all of a bucket's. Queues are compared and merged, Rest is what setup never looks into.
type Notifications struct {
	Queues []QueueNotification
	// Others are the notifications to topics and functions, only as far as they can stand in the way.
	Others []QueueNotification
	// Rest carries the configuration as it was read, back to SetNotifications.
	Rest any
}

// QueueNotification sends events of objects below a prefix to a queue.
type QueueNotification struct {
	ID     string
	Queue  string // ARN; of a topic or function in Notifications.Others
	Events []string
	Prefix string
	Suffix string
}

// Codes of errors that an Account returns. Others are passed on.
const (
	CodeNoPrivilege = "snowflake_no_privilege"
	CodeNotThere    = "snowflake_not_there"
	CodeLogin       = "snowflake_login"
	CodeUnreachable = "snowflake_unreachable"
	CodeThrottled   = "snowflake_throttled"
	CodeStatement   = "snowflake_statement"
)
