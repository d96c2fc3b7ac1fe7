package deploy

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// executionPath holds the execution policies of all stacks, so that a second stack's bootstrap finds the first's.
const executionPath = "/penstock/execution/"

// Roles makes the deploy role and the policy that CloudFormation works under.
type Roles struct{ Client *iam.Client }

// RoleName is the deploy role's.
func RoleName(stack string) string { return "penstock-deploy-" + stack }

// PutExecutionPolicy creates the target's execution policy, or replaces its text, and returns the ARNs of those
// of all stacks: the CDK's one execution role in a region works for each of them.
func (r Roles) PutExecutionPolicy(ctx context.Context, t Target) (all []string, err error) {
	text, arn := t.ExecutionPolicy(), t.iam("policy"+executionPath+t.Stack+"-"+t.Region)
	_, err = r.Client.CreatePolicy(ctx, &iam.CreatePolicyInput{
		PolicyName: aws.String(t.Stack + "-" + t.Region), Path: aws.String(executionPath), PolicyDocument: &text,
		Description: aws.String("What CloudFormation may do for the Penstock stack " + t.Stack),
	})
	if _, exists := errors.AsType[*types.EntityAlreadyExistsException](err); exists {
		err = r.replace(ctx, arn, text)
	}
	if err != nil {
		return nil, fmt.Errorf("create the execution policy: %w", err)
	}
	pages := iam.NewListPoliciesPaginator(r.Client, &iam.ListPoliciesInput{PathPrefix: aws.String(executionPath), Scope: types.PolicyScopeTypeLocal})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the execution policies: %w", err)
		}
		for _, p := range page.Policies {
			all = append(all, aws.ToString(p.Arn))
		}
	}
	return all, nil
}

// replace makes text the policy's default version. A policy has five versions at most, so the others go.
func (r Roles) replace(ctx context.Context, arn, text string) error {
	versions, err := r.Client.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: &arn})
	if err != nil {
		return err
	}
	for _, v := range versions.Versions {
		if !v.IsDefaultVersion {
			if _, err := r.Client.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: v.VersionId}); err != nil {
				return err
			}
		}
	}
	_, err = r.Client.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: &text, SetAsDefault: true})
	return err
}

// PutDeployRole creates the deploy role, or gives it this trust and policy, and returns its ARN.
func (r Roles) PutDeployRole(ctx context.Context, t Target, trust Trust) (string, error) {
	name, trusted, allowed := RoleName(t.Stack), t.TrustPolicy(trust), t.DeployPolicy()
	_, err := r.Client.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: &name, AssumeRolePolicyDocument: &trusted,
		Description: aws.String("Deploys the Penstock stack " + t.Stack),
	})
	if _, exists := errors.AsType[*types.EntityAlreadyExistsException](err); exists {
		_, err = r.Client.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &name, PolicyDocument: &trusted})
	}
	if err == nil {
		_, err = r.Client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("deploy"), PolicyDocument: &allowed})
	}
	if err != nil {
		return "", fmt.Errorf("create the role %s: %w", name, err)
	}
	return t.iam("role/" + name), nil
}
