package snowflake

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

type object = map[string]any

// policyText writes a policy the way AWS takes it, members sorted.
func policyText(statements ...any) string {
	text, err := json.Marshal(object{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		panic(err) // maps of texts can be written
	}
	return string(text)
}

// samePolicy compares two policies by what they say.
func samePolicy(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// trust lets a principal assume the role, with the external id that Snowflake sends.
func trust(principal, externalID string) string {
	return policyText(object{
		"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": object{"AWS": principal},
		"Condition": object{"StringEquals": object{"sts:ExternalId": externalID}},
	})
}

// readPolicy reads the lake's data prefix and nothing else. (Snowflake, "Configuring a Snowflake storage integration
// to access Amazon S3", without what only unloading needs.)
func (l Lake) readPolicy(key string) string {
	bucket := "arn:" + l.partition() + ":s3:::" + l.Bucket
	statements := []any{
		object{"Effect": "Allow", "Action": []any{"s3:GetObject", "s3:GetObjectVersion"}, "Resource": bucket + "/" + l.Prefix + "*"},
		object{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket,
			"Condition": object{"StringLike": object{"s3:prefix": l.Prefix + "*"}}},
		object{"Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": bucket},
	}
	if key != "" {
		statements = append(statements, object{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key,
			"Condition": object{"StringEquals": object{"kms:ViaService": "s3." + l.Region + ".amazonaws.com"}}})
	}
	return policyText(statements...)
}

// Sids of the bucket policy's statements that are setup's.
const (
	sidRole  = "PenstockSnowflakeVpcOnly"
	sidOther = "PenstockNoOtherAccounts"
)

// vpcStatements deny the role outside of Snowflake's VPCs, and everybody who is neither there, nor of this account, nor
// a service of AWS. The role belongs to this account, so it needs a statement of its own.
func (l Lake) vpcStatements(roleARN string, vpcs []string) []any {
	bucket := "arn:" + l.partition() + ":s3:::" + l.Bucket
	allowed := make([]any, len(vpcs))
	for i, v := range vpcs {
		allowed[i] = v
	}
	deny := func(sid string, condition object) object {
		return object{"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "s3:*",
			"Resource": []any{bucket, bucket + "/*"}, "Condition": condition}
	}
	return []any{
		deny(sidRole, object{"ArnEquals": object{"aws:PrincipalArn": roleARN}, "StringNotEquals": object{"aws:SourceVpc": allowed}}),
		deny(sidOther, object{
			"StringNotEquals": object{"aws:SourceVpc": allowed, "aws:PrincipalAccount": l.Account},
			"Bool":            object{"aws:PrincipalIsAWSService": "false"},
		}),
	}
}

// mergePolicy puts setup's statements into a bucket's policy, in place of its own earlier ones, and leaves all others.
// Without statements it takes them out; a policy with none left is the empty text.
func mergePolicy(have string, ours []any) (string, error) {
	doc := object{"Version": "2012-10-17"}
	if have != "" {
		if err := json.Unmarshal([]byte(have), &doc); err != nil {
			return "", fmt.Errorf("the bucket's policy is not JSON: %w", err)
		}
	}
	kept := slices.DeleteFunc(statementsOf(doc), func(s any) bool {
		sid, _ := asObject(s)["Sid"].(string)
		return sid == sidRole || sid == sidOther
	})
	doc["Statement"] = append(kept, ours...)
	if len(kept)+len(ours) == 0 {
		return "", nil
	}
	text, err := json.Marshal(doc)
	return string(text), err
}

// statementsOf a policy, of which AWS takes one without a list, too.
func statementsOf(doc object) []any {
	switch s := doc["Statement"].(type) {
	case []any:
		return slices.Clone(s)
	case nil:
		return nil
	default:
		return []any{s}
	}
}

func asObject(v any) object {
	o, _ := v.(object)
	return o
}

// restricted says whether a bucket's policy has setup's statements.
func restricted(policy string) bool { return strings.Contains(policy, `"`+sidRole+`"`) }

// policyDiffers says how the VPCs of setup's statements in a policy are not Snowflake's of today.
func policyDiffers(policy string, vpcs []string) string {
	var doc object
	if !restricted(policy) || json.Unmarshal([]byte(policy), &doc) != nil {
		return "the bucket's policy does not keep others out"
	}
	var allowed []string
	for _, s := range statementsOf(doc) {
		if sid := asObject(s)["Sid"]; sid == sidRole {
			condition := asObject(asObject(asObject(s)["Condition"])["StringNotEquals"])
			allowed = principals(condition["aws:SourceVpc"])
		}
	}
	slices.Sort(allowed)
	now := slices.Sorted(slices.Values(vpcs))
	if slices.Equal(allowed, now) {
		return "its statements about Snowflake's VPCs were changed"
	}
	return fmt.Sprintf("it lets in the VPCs %s, and Snowflake's are %s", strings.Join(allowed, ", "), strings.Join(now, ", "))
}

// expiry reads when a VPC ends: "2025-03-01T00:00:00" in Snowflake's announcement.
func expiry(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05", time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// lockedOut are the principals of other accounts that a bucket's policy allows in today.
func lockedOut(policy, account string) []string {
	var doc object
	if json.Unmarshal([]byte(policy), &doc) != nil {
		return nil
	}
	var out []string
	for _, s := range statementsOf(doc) {
		if asObject(s)["Effect"] != "Allow" {
			continue
		}
		for _, p := range principals(asObject(s)["Principal"]) {
			if p == "*" {
				p = "everybody of other accounts (*)"
			} else if p == account || strings.Contains(p, ":"+account+":") {
				continue
			}
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func principals(v any) []string {
	switch p := v.(type) {
	case string:
		return []string{p}
	case object:
		return principals(p["AWS"]) // services and federations are told apart by AWS itself
	case []any:
		var all []string
		for _, each := range p {
			all = append(all, principals(each)...)
		}
		return all
	}
	return nil
}
