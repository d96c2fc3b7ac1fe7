package snowflake

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// account asks where Snowflake runs, which is also the proof that user, key and roles are right.
func (r *Run) account() task {
	return task{step: 1, title: "session of user " + string(r.cfg.User), so: near,
		check: one(sql(sysAdmin, "SELECT CURRENT_ACCOUNT() AS ACCOUNT, CURRENT_REGION() AS REGION, CURRENT_USER() AS NAME"))}
}

// near refuses to close a bucket in another region: requests between regions come from no VPC of Snowflake's. (AWS,
// aws:SourceVpc.)
func near(r *Run) (bool, error) {
	region := r.rows[0][0]["region"] // AWS_US_EAST_1, and PUBLIC.AWS_US_EAST_1 in organizations with region groups
	region, onAWS := strings.CutPrefix(region[strings.LastIndexByte(region, '.')+1:], "AWS_")
	region = strings.ReplaceAll(strings.ToLower(region), "_", "-")
	if r.cfg.RestrictVPC && onAWS && !strings.HasPrefix(region, r.cfg.Lake.Region) {
		return false, &event.Error{Code: "other_region", Message: fmt.Sprintf("Snowflake runs in %s and the bucket is in %s, so closing the bucket to all but Snowflake's VPCs would lock Snowflake out", region, r.cfg.Lake.Region),
			Hint: "run setup without --restrict-vpc, or with an account in the bucket's region"}
	}
	return true, nil
}

// lake asks for the bucket, before anything is made that names it.
func (r *Run) lake() task {
	l := r.cfg.Lake
	return task{
		step: 1, title: "bucket " + l.Bucket,
		check: one(
			request("s3:HeadBucket", l.Bucket, func(ctx context.Context) (err error) { r.region, err = r.deps.Bucket.Region(ctx, l.Bucket); return }),
			request("s3:GetBucketEncryption", l.Bucket, func(ctx context.Context) (err error) { r.key, err = r.deps.Bucket.Key(ctx, l.Bucket); return }),
		),
		so: func(r *Run) (bool, error) {
			if r.region != l.Region {
				return false, &event.Error{Code: "other_region", Message: fmt.Sprintf("the bucket %s is in %s, but the outputs say %s", l.Bucket, r.region, l.Region),
					Hint: "name the outputs of the stack that made this bucket with --outputs"}
			}
			return true, nil
		},
	}
}

// platform asks Snowflake for its VPCs. Only an account administrator is told.
func (r *Run) platform() task {
	return task{
		step: 1, title: "Snowflake's VPCs",
		check: one(sql(accountAdmin, "SELECT SYSTEM$GET_SNOWFLAKE_PLATFORM_INFO()")),
		so: func(r *Run) (bool, error) {
			var info struct {
				Egress []struct{ ID, Expires, Purpose string } `json:"snowflake-egress-vpc-ids"`
			}
			if err := json.Unmarshal([]byte(r.onlyCell()), &info); err != nil {
				return false, fmt.Errorf("SYSTEM$GET_SNOWFLAKE_PLATFORM_INFO answered what is no JSON: %w", err)
			}
			r.vpcs, r.expiring = nil, nil
			for _, v := range info.Egress {
				if v.Purpose != "generic" {
					continue
				}
				r.vpcs = append(r.vpcs, v.ID)
				if ends, ok := expiry(v.Expires); ok && time.Until(ends) < soon {
					r.expiring = append(r.expiring, fmt.Sprintf("%s on %s", v.ID, ends.Format(time.DateOnly)))
				}
			}
			if len(r.vpcs) == 0 {
				return false, &event.Error{Code: "no_vpcs", Message: "Snowflake names no VPC of its own", Hint: "leave out --restrict-vpc: the account may not be on AWS"}
			}
			return true, nil
		},
	}
}

// restriction closes the bucket to all but Snowflake's VPCs and this account.
func (r *Run) restriction() task {
	l := r.cfg.Lake
	wanted := func(r *Run) (string, error) {
		return mergePolicy(r.bucketPolicy, l.vpcStatements(r.cfg.RoleARN(), r.vpcs))
	}
	return task{
		step: 1, title: "bucket policy",
		check: one(request("s3:GetBucketPolicy", l.Bucket, func(ctx context.Context) (err error) {
			r.bucketPolicy, err = r.deps.Bucket.Policy(ctx, l.Bucket)
			return
		})),
		so: func(r *Run) (bool, error) {
			want, err := wanted(r)
			return err == nil && samePolicy(r.bucketPolicy, want), err
		},
		why: func(r *Run) string { return policyDiffers(r.bucketPolicy, r.vpcs) },
		do: one(put("s3:PutBucketPolicy", l.Bucket+" merged: only Snowflake's VPCs and account "+l.Account, func(ctx context.Context) error {
			if out := lockedOut(r.bucketPolicy, l.Account); len(out) > 0 && !r.deps.Confirm("The policy would lock out: "+strings.Join(out, ", ")+". Go on?") {
				return &event.Error{Code: "not_confirmed", Message: "the bucket's policy was left as it is; it would lock out " + strings.Join(out, ", "),
					Hint: "run setup without --restrict-vpc, or with --yes to lock them out"}
			}
			want, err := wanted(r)
			if err != nil {
				return err
			}
			return r.deps.Bucket.SetPolicy(ctx, l.Bucket, want)
		})),
	}
}

// iam makes the role that Snowflake will assume. Until Snowflake's user is known it trusts this account alone.
func (r *Run) iam() task {
	c := r.cfg
	first := trust("arn:"+c.Lake.partition()+":iam::"+c.Lake.Account+":root", c.ExternalID())
	return task{
		step: 2, title: "IAM role " + c.RoleName, check: one(r.getRole()),
		so: func(r *Run) (bool, error) {
			if r.iamRole != nil && r.iamRole.Description != c.description() {
				return false, &event.Error{Code: "other_owner", Message: fmt.Sprintf("the IAM role %s exists and is not this pipeline's", c.RoleName),
					Hint: "name another with --iam-role"}
			}
			return r.iamRole != nil, nil
		},
		do: one(put("iam:CreateRole", c.RoleName, func(ctx context.Context) error {
			return r.deps.Roles.CreateRole(ctx, c.RoleName, c.description(), first)
		})),
	}
}

func (r *Run) getRole() Call {
	return request("iam:GetRole", r.cfg.RoleName, func(ctx context.Context) (err error) {
		r.iamRole, err = r.deps.Roles.Role(ctx, r.cfg.RoleName)
		return
	})
}

// reading lets the role read the data prefix.
func (r *Run) reading() task {
	c := r.cfg
	return task{
		step: 2, title: "what the role may read",
		check: one(request("iam:GetRolePolicy", c.RoleName+"/"+PolicyName, func(ctx context.Context) (err error) {
			r.rolePolicy, err = r.deps.Roles.RolePolicy(ctx, c.RoleName, PolicyName)
			return
		})),
		so: func(r *Run) (bool, error) { return samePolicy(r.rolePolicy, c.Lake.readPolicy(r.key)), nil },
		do: one(put("iam:PutRolePolicy", c.RoleName+"/"+PolicyName+" read "+c.Lake.URL(), func(ctx context.Context) error {
			return r.deps.Roles.SetRolePolicy(ctx, c.RoleName, PolicyName, c.Lake.readPolicy(r.key))
		})),
	}
}

// trusted lets Snowflake's user assume the role.
func (r *Run) trusted() task {
	c := r.cfg
	return task{
		step: 4, title: "trust of the IAM role", check: one(r.getRole()),
		so: func(r *Run) (bool, error) {
			return r.iamRole != nil && samePolicy(r.iamRole.Trust, trust(r.userARN, r.externalID)), nil
		},
		do: func(r *Run) []Call {
			user := r.userARN
			if r.dry() {
				user = "<STORAGE_AWS_IAM_USER_ARN>"
			}
			return []Call{put("iam:UpdateAssumeRolePolicy", c.RoleName+" trusts "+user, func(ctx context.Context) error {
				return r.deps.Roles.SetTrust(ctx, c.RoleName, trust(r.userARN, r.externalID))
			})}
		},
	}
}

// receiver asks for the queue that Snowflake wants notifications in; one for all of the account's pipes in a region.
func (r *Run) receiver() task {
	n, c := r.cfg.Names, r.cfg
	what, column := "PIPES", "pipes"
	if !c.Pipes {
		what, column = "EXTERNAL TABLES", "external tables"
	}
	return task{
		step: 6, title: "notification channel of the " + column,
		check: one(sql(n.Loader, fmt.Sprintf("SHOW %s IN SCHEMA %s", what, within(n.Database, n.Raw)))),
		so: func(r *Run) (bool, error) {
			r.channel = ""
			for _, row := range r.rows[0] {
				if arn := row["notification_channel"]; arn != "" {
					r.channel = arn
				}
			}
			if r.channel == "" {
				return false, &event.Error{Code: "no_channel", Message: "Snowflake shows no notification channel", Hint: "the account may not be on AWS; `penstock snowflake doctor` says more"}
			}
			return true, nil
		},
	}
}

// notified merges the queue into the bucket's notifications.
func (r *Run) notified() task {
	c := r.cfg
	ours := func(r *Run) QueueNotification {
		q := QueueNotification{ID: c.notificationID(), Queue: r.channel, Events: []string{objectCreated}, Prefix: c.Lake.Prefix}
		if c.External {
			q.Events = append(q.Events, objectRemoved)
		}
		return q
	}
	return task{
		step: 6, title: "notifications of " + c.Lake.URL(),
		check: one(request("s3:GetBucketNotificationConfiguration", c.Lake.Bucket, func(ctx context.Context) (err error) {
			r.notifications, err = r.deps.Bucket.Notifications(ctx, c.Lake.Bucket)
			return
		})),
		why: func(r *Run) string {
			for _, q := range r.notifications.Queues {
				if q.ID == c.notificationID() || q.Queue == r.channel {
					return fmt.Sprintf("the notification %q tells %s of %s below %q, and not of %s below %q", q.ID, q.Queue, strings.Join(q.Events, ", "), q.Prefix+"*"+q.Suffix, strings.Join(ours(r).Events, ", "), c.Lake.Prefix)
				}
			}
			return fmt.Sprintf("it is not there: the bucket tells %s of nothing below %q", r.channel, c.Lake.Prefix)
		},
		so: func(r *Run) (bool, error) {
			_, changed, err := mergeNotification(r.notifications, ours(r))
			return !changed, err
		},
		do: func(r *Run) []Call {
			q := ours(r)
			if r.dry() {
				q.Queue = "<notification_channel>"
			}
			return []Call{put("s3:PutBucketNotificationConfiguration", fmt.Sprintf("%s merged: %s below %s to %s", c.Lake.Bucket, strings.Join(q.Events, ", "), q.Prefix, q.Queue),
				func(ctx context.Context) error {
					merged, _, err := mergeNotification(r.notifications, q)
					if err != nil {
						return err
					}
					return r.deps.Bucket.SetNotifications(ctx, c.Lake.Bucket, merged)
				})}
		},
	}
}

// locations are the allowed locations of an integration, as DESC INTEGRATION lists them.
func locations(text string) []string {
	return slices.DeleteFunc(strings.Split(text, ","), func(s string) bool { return s == "" })
}
