package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/penstock/penstock/internal/snowflake"
)

// Roles is snowflake.Roles on IAM.
type Roles struct{ client *iam.Client }

// NewRoles takes credentials and region from cfg.
func NewRoles(cfg aws.Config) Roles { return Roles{iam.NewFromConfig(cfg)} }

// Role implements snowflake.Roles.
func (r Roles) Role(ctx context.Context, name string) (*snowflake.Role, error) {
	out, err := r.client.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if noSuch(err) {
		return nil, nil //nolint:nilnil // the contract: nil without one
	}
	if err != nil {
		return nil, explain(err)
	}
	trust, err := url.PathUnescape(aws.ToString(out.Role.AssumeRolePolicyDocument))
	if err != nil {
		return nil, fmt.Errorf("the trust of role %s cannot be read: %w", name, err)
	}
	return &snowflake.Role{ARN: aws.ToString(out.Role.Arn), Description: aws.ToString(out.Role.Description), Trust: trust}, nil
}

// CreateRole implements snowflake.Roles.
func (r Roles) CreateRole(ctx context.Context, name, description, trust string) error {
	_, err := r.client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, Description: &description, AssumeRolePolicyDocument: &trust})
	return explain(err)
}

// SetTrust implements snowflake.Roles.
func (r Roles) SetTrust(ctx context.Context, name, trust string) error {
	_, err := r.client.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &name, PolicyDocument: &trust})
	return explain(err)
}

// RolePolicy implements snowflake.Roles.
func (r Roles) RolePolicy(ctx context.Context, role, policy string) (string, error) {
	out, err := r.client.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &policy})
	if noSuch(err) {
		return "", nil
	}
	if err != nil {
		return "", explain(err)
	}
	return url.PathUnescape(aws.ToString(out.PolicyDocument))
}

// SetRolePolicy implements snowflake.Roles.
func (r Roles) SetRolePolicy(ctx context.Context, role, policy, document string) error {
	_, err := r.client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &role, PolicyName: &policy, PolicyDocument: &document})
	return explain(err)
}

// DeleteRole implements snowflake.Roles.
func (r Roles) DeleteRole(ctx context.Context, name, policy string) error {
	_, err := r.client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: &policy})
	if err != nil && !noSuch(err) {
		return explain(err)
	}
	_, err = r.client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &name})
	if noSuch(err) {
		return nil
	}
	return explain(err)
}

func noSuch(err error) bool {
	_, ok := errors.AsType[*types.NoSuchEntityException](err)
	return ok
}
