package double

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/penstock/penstock/internal/snowflake"
)

// Cloud is IAM and one bucket of S3 in memory, for tests that need no server.
type Cloud struct {
	BucketRegion, BucketKey string
	// Refusal is the status that Serve answers for the bucket: 403 another account's, 404 for none. 0 is none.
	Refusal int

	mu            sync.Mutex
	roles         map[string]snowflake.Role
	policies      map[string]string
	bucketPolicy  string
	notifications snowflake.Notifications
	calls         []string
	fail          map[string]error
}

// NewCloud has a bucket and no roles.
func NewCloud(policy string, notifications snowflake.Notifications) *Cloud {
	return &Cloud{BucketRegion: "us-east-1", roles: map[string]snowflake.Role{}, policies: map[string]string{}, fail: map[string]error{},
		bucketPolicy: policy, notifications: notifications}
}

// Fail lets a call fail from now on, "iam:CreateRole"; nil heals it.
func (c *Cloud) Fail(call string, err error) { c.fail[call] = err }

// Calls are those that were made.
func (c *Cloud) Calls() []string { return c.calls }

// Trusts says whether a role trusts the account's user with an external id.
func (c *Cloud) Trusts(roleARN, externalID string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.roles {
		if r.ARN == roleARN && strings.Contains(r.Trust, UserARN) && strings.Contains(r.Trust, externalID) {
			return true
		}
	}
	return false
}

func (c *Cloud) call(name string) error {
	c.calls = append(c.calls, name)
	return c.fail[name]
}

// Role of IAM.
func (c *Cloud) Role(_ context.Context, name string) (*snowflake.Role, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, ok := c.roles[name]; ok {
		return &r, c.call("iam:GetRole")
	}
	return nil, c.call("iam:GetRole")
}

// CreateRole in IAM.
func (c *Cloud) CreateRole(_ context.Context, name, description, trust string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.call("iam:CreateRole"); err != nil {
		return err
	}
	c.roles[name] = snowflake.Role{ARN: "arn:aws:iam::111122223333:role/" + name, Description: description, Trust: trust}
	return nil
}

// SetTrust of a role.
func (c *Cloud) SetTrust(_ context.Context, name, trust string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.call("iam:UpdateAssumeRolePolicy"); err != nil {
		return err
	}
	r, ok := c.roles[name]
	if !ok {
		return errors.New("NoSuchEntity")
	}
	r.Trust = trust
	c.roles[name] = r
	return nil
}

// RolePolicy of a role.
func (c *Cloud) RolePolicy(_ context.Context, role, policy string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.policies[role+"/"+policy], c.call("iam:GetRolePolicy")
}

// SetRolePolicy of a role.
func (c *Cloud) SetRolePolicy(_ context.Context, role, policy, document string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.call("iam:PutRolePolicy"); err != nil {
		return err
	}
	c.policies[role+"/"+policy] = document
	return nil
}

// DeleteRole with its policy.
func (c *Cloud) DeleteRole(_ context.Context, name, policy string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.call("iam:DeleteRole"); err != nil {
		return err
	}
	delete(c.roles, name)
	delete(c.policies, name+"/"+policy)
	return nil
}

// Region of the bucket.
func (c *Cloud) Region(context.Context, string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.BucketRegion, c.call("s3:HeadBucket")
}

// Key of the bucket.
func (c *Cloud) Key(context.Context, string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.BucketKey, c.call("s3:GetBucketEncryption")
}

// Policy of the bucket.
func (c *Cloud) Policy(context.Context, string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bucketPolicy, c.call("s3:GetBucketPolicy")
}

// SetPolicy of the bucket.
func (c *Cloud) SetPolicy(_ context.Context, _, document string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.call("s3:PutBucketPolicy"); err != nil {
		return err
	}
	c.bucketPolicy = document
	return nil
}

// Notifications of the bucket.
func (c *Cloud) Notifications(context.Context, string) (snowflake.Notifications, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.notifications, c.call("s3:GetBucketNotificationConfiguration")
}

// SetNotifications of the bucket.
func (c *Cloud) SetNotifications(_ context.Context, _ string, all snowflake.Notifications) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.call("s3:PutBucketNotificationConfiguration"); err != nil {
		return err
	}
	c.notifications = all
	return nil
}
