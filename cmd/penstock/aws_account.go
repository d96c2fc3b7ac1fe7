package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/penstock/penstock/internal/event"
)

// account is whose credentials the AWS configuration gives: its number, and the partition of its ARNs.
func account(ctx context.Context, cfg aws.Config) (number, partition string, err error) {
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", "", &event.Error{Code: "no_account", Message: "AWS does not say whose credentials these are", Err: err,
			Hint: logIn}
	}
	parts := strings.SplitN(aws.ToString(who.Arn), ":", 3)
	if len(parts) < 3 {
		return "", "", fmt.Errorf("the caller's ARN %q is none", aws.ToString(who.Arn))
	}
	return aws.ToString(who.Account), parts[1], nil
}

// expectAccount fails when the credentials are another account's.
func expectAccount(ctx context.Context, cfg aws.Config, number string) error {
	got, _, err := account(ctx, cfg)
	if err == nil && got != number {
		err = usageError{fmt.Errorf("the credentials are of account %s, not %s; choose a profile with --profile, or change CDK_ACCOUNT", got, number)}
	}
	return err
}
