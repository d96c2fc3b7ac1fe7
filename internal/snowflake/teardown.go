package snowflake

import (
	"context"
	"errors"
	"fmt"

	"github.com/penstock/penstock/internal/event"
)

// Teardown takes away what setup made to load the lake, and leaves rows and whatever others may use. It can be stopped
// and run again. Kept says what stays.
func (r *Run) Teardown(ctx context.Context) error {
	for _, t := range r.removals() {
		if err := r.perform(ctx, t); err != nil {
			return fmt.Errorf("%s: %w", t.title, err)
		}
	}
	return nil
}

// Kept names what Teardown leaves, and how to take it away.
func (c Config) Kept() []string {
	n := c.Names
	return []string{
		fmt.Sprintf("rows: schemas %s and %s (DROP SCHEMA ...)", within(n.Database, n.Schema), within(n.Database, n.Raw)),
		fmt.Sprintf("database %s, warehouse %s and resource monitor %s, which other pipelines may use", n.Database, n.Warehouse, n.Monitor),
		fmt.Sprintf("roles %s and %s (DROP ROLE ...)", n.Loader, n.Reader),
		fmt.Sprintf("the bucket %s with all files", c.Lake.Bucket),
	}
}

// removals go from the outside in: first nothing new arrives, then what would load it goes.
func (r *Run) removals() []task {
	n := r.cfg.Names
	raw := "IN SCHEMA " + within(n.Database, n.Raw)
	tasks := []task{r.unnotified(), r.unrestricted()}
	for _, t := range r.cfg.Tables {
		tasks = append(tasks,
			r.gone("pipe", Pipe(t), n.Loader, "PIPES", raw, n.raw(Pipe(t))),
			r.gone("external table", External(t), n.Loader, "EXTERNAL TABLES", raw, n.raw(External(t))))
	}
	return append(tasks,
		r.gone("stage", n.Stage, n.Loader, "STAGES", raw, n.raw(n.Stage)),
		r.gone("file format", n.FirehoseFormat, n.Loader, "FILE FORMATS", raw, n.raw(n.FirehoseFormat)),
		r.gone("file format", n.LakeFormat, n.Loader, "FILE FORMATS", raw, n.raw(n.LakeFormat)),
		r.gone("storage integration", n.Integration, accountAdmin, "STORAGE INTEGRATIONS", "", n.Integration.String()),
		r.withoutRole(),
	)
}

func (r *Run) gone(kind string, name, owner Name, plural, in, full string) task {
	t := r.show(kind, name, owner, plural, in, fmt.Sprintf("DROP %s IF EXISTS %s", dropped(kind), full))
	t.step = 0
	there := t.so
	t.so = func(r *Run) (bool, error) {
		so, err := there(r)
		return !so, err
	}
	return t
}

func dropped(kind string) string {
	return map[string]string{"pipe": "PIPE", "external table": "EXTERNAL TABLE", "stage": "STAGE", "file format": "FILE FORMAT", "storage integration": "INTEGRATION"}[kind]
}

func (r *Run) unnotified() task {
	c := r.cfg
	t := r.notified()
	t.step = 0
	t.so = func(r *Run) (bool, error) {
		_, changed := withoutNotification(r.notifications, c.notificationID())
		return !changed, nil
	}
	t.do = one(put("s3:PutBucketNotificationConfiguration", c.Lake.Bucket+" without "+c.notificationID(), func(ctx context.Context) error {
		rest, _ := withoutNotification(r.notifications, c.notificationID())
		return r.deps.Bucket.SetNotifications(ctx, c.Lake.Bucket, rest)
	}))
	return t
}

func (r *Run) unrestricted() task {
	c := r.cfg
	t := r.restriction()
	t.step = 0
	t.so = func(r *Run) (bool, error) {
		if r.bucketPolicy == "" {
			return true, nil
		}
		rest, err := mergePolicy(r.bucketPolicy, nil)
		return samePolicy(r.bucketPolicy, rest), err
	}
	t.do = one(put("s3:PutBucketPolicy", c.Lake.Bucket+" without setup's statements", func(ctx context.Context) error {
		rest, err := mergePolicy(r.bucketPolicy, nil)
		return errors.Join(err, r.deps.Bucket.SetPolicy(ctx, c.Lake.Bucket, rest))
	}))
	return t
}

func (r *Run) withoutRole() task {
	c := r.cfg
	return task{
		title: "IAM role " + c.RoleName, check: one(r.getRole()),
		so: func(r *Run) (bool, error) {
			if r.iamRole != nil && r.iamRole.Description != c.description() {
				return false, &event.Error{Code: "other_owner", Message: fmt.Sprintf("the IAM role %s is not this pipeline's", c.RoleName), Hint: "it was left; name this pipeline's with --iam-role"}
			}
			return r.iamRole == nil, nil
		},
		do: one(put("iam:DeleteRole", c.RoleName, func(ctx context.Context) error {
			return r.deps.Roles.DeleteRole(ctx, c.RoleName, PolicyName)
		})),
	}
}
