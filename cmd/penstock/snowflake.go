package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/penstock/penstock/internal/cloud"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/internal/snowflake"
	awsside "github.com/penstock/penstock/internal/snowflake/cloud"
	"github.com/penstock/penstock/internal/snowflake/keypair"
	"github.com/penstock/penstock/internal/snowflake/session"
)

func newSnowflakeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "snowflake",
		Short: "Load the lake of a deployed pipeline into Snowflake",
		Long: `Set Snowflake up behind a pipeline that was deployed with penstock aws deploy, look
at it, and take it away again. Nothing has to be copied between consoles.`,
		Example: `  penstock snowflake keys --user PENSTOCK_ADMIN
  penstock snowflake setup -c examples/orders --account myorg-account1 --user PENSTOCK_ADMIN
  penstock snowflake doctor -c examples/orders --account myorg-account1 --user PENSTOCK_ADMIN`,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSnowflakeKeysCommand(), newSnowflakeSetupCommand(), newSnowflakeStatusCommand(), newSnowflakeDoctorCommand(), newSnowflakeRecoverCommand(), newSnowflakeTeardownCommand())
	return cmd
}

// snowflakeOptions say which pipeline, which account, and what its objects are called.
type snowflakeOptions struct {
	pipelineDir, outputs, stack            string
	account, user, key, endpoint, profile  string
	prefix, name, database, warehouse, iam string
	external, pipes, restrict              bool
}

func (o *snowflakeOptions) register(f *pflag.FlagSet) {
	f.StringVar(&o.outputs, "outputs", outputsFile, "what penstock aws deploy wrote")
	f.StringVar(&o.iam, "iam-role", "", "the IAM role Snowflake assumes (default: penstock-NAME-snowflake)")
	f.BoolVar(&o.restrict, "restrict-vpc", false, "let only Snowflake's VPCs and this AWS account reach the bucket")
	o.registerAsking(f)
}

// registerAsking are the flags of whoever asks a pipeline's tables; the outputs have a flag elsewhere.
func (o *snowflakeOptions) registerAsking(f *pflag.FlagSet) {
	f.StringVarP(&o.pipelineDir, "config", "c", ".", "the pipeline's folder")
	f.StringVar(&o.stack, "stack", "", "the stack, where the outputs hold several")
	f.StringVar(&o.account, "account", os.Getenv("SNOWFLAKE_ACCOUNT"), "the account identifier, such as myorg-account1 (default SNOWFLAKE_ACCOUNT)")
	f.StringVar(&o.user, "user", os.Getenv("SNOWFLAKE_USER"), "the user that sets up (default SNOWFLAKE_USER)")
	f.StringVar(&o.key, "key", defaultKey(), "the user's private key")
	f.StringVar(&o.endpoint, "endpoint", "", "reach Snowflake at this URL, such as a private link's")
	f.StringVar(&o.profile, "profile", "", "use this profile of the AWS configuration")
	f.StringVar(&o.prefix, "prefix", "PENSTOCK", "what names of the account's objects begin with")
	f.StringVar(&o.name, "name", "", "the pipeline's name in Snowflake (default: its stream's)")
	f.StringVar(&o.database, "database", "", "the database (default: the prefix)")
	f.StringVar(&o.warehouse, "warehouse", "", "the virtual warehouse (default: the prefix)")
	f.BoolVar(&o.external, "external-tables", false, "make external tables instead of tables and pipes")
	f.BoolVar(&o.pipes, "pipes", false, "with --external-tables: make tables and pipes, too")
}

func defaultKey() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return "snowflake.p8"
	}
	return filepath.Join(home, ".penstock", "snowflake.p8")
}

// subject is a deployed pipeline, as its files and the outputs tell it.
type subject struct {
	cfg     snowflake.Config
	file    *pipeline.Pipeline
	outputs cloud.Outputs
}

// config reads the pipeline's files and the outputs.
func (o *snowflakeOptions) config() (snowflake.Config, error) {
	s, err := o.subject()
	return s.cfg, err
}

func (o *snowflakeOptions) subject() (subject, error) {
	file, err := pipeline.LoadWithoutSecrets(o.pipelineDir)
	if err != nil {
		return subject{}, usageError{err}
	}
	outputs, err := cloud.ReadOutputs(o.outputs, o.stack)
	if err != nil {
		return subject{}, usageError{err}
	}
	function, err := arn.Parse(outputs.FunctionARN)
	if err != nil {
		return subject{}, usageError{fmt.Errorf("%s: lambdaFunctionArn is no ARN, so the AWS account is not known; `penstock aws deploy` writes the file again", o.outputs)}
	}
	if outputs.Region == "" {
		outputs.Region = function.Region
	}
	cfg := snowflake.Config{
		Pipeline: file.Stream.Name, Tables: append(file.Contracts.Tables(), contract.QuarantineTable()), External: o.external, Pipes: o.pipes, RestrictVPC: o.restrict,
		Lake: snowflake.Lake{Bucket: outputs.Bucket, Prefix: outputs.DataPrefix, Region: outputs.Region, Account: function.AccountID}, RoleName: o.iam,
	}
	if cfg.Names, err = o.names(file.Stream.Name); err != nil {
		return subject{}, usageError{err}
	}
	user := o.user
	if user == "" {
		user = "<user>"
	}
	if cfg.User, err = snowflake.ParseName(user); err != nil {
		return subject{}, usageError{fmt.Errorf("--user: %w", err)}
	}
	if cfg.RoleName == "" {
		cfg.RoleName = iamName("penstock-" + strings.ToLower(string(cfg.Names.Schema)) + "-snowflake")
	}
	return subject{cfg, file, outputs}, nil
}

// iamName makes a name one that IAM takes: 64 letters, digits and +=,.@_-.
func iamName(name string) string {
	name = regexp.MustCompile(`[^A-Za-z0-9+=,.@_-]`).ReplaceAllString(name, "-")
	return name[:min(len(name), 64)]
}

func (o *snowflakeOptions) names(pipelineName string) (snowflake.Names, error) {
	if o.name == "" {
		o.name = pipelineName
	}
	prefix, err := snowflake.ParseName(o.prefix)
	if err != nil {
		return snowflake.Names{}, fmt.Errorf("--prefix: %w", err)
	}
	name, err := snowflake.ParseName(o.name)
	if err != nil {
		return snowflake.Names{}, fmt.Errorf("--name: %w", err)
	}
	names := snowflake.NewNames(prefix, name)
	if o.database != "" {
		if names.Database, err = snowflake.ParseName(o.database); err != nil {
			return names, fmt.Errorf("--database: %w", err)
		}
	}
	if o.warehouse != "" {
		if names.Warehouse, err = snowflake.ParseName(o.warehouse); err != nil {
			return names, fmt.Errorf("--warehouse: %w", err)
		}
	}
	return names, nil
}

// connected does something with both sides, and closes them.
func (o *snowflakeOptions) connected(ctx context.Context, do func(snowflake.Config, snowflake.Deps) error) error {
	cfg, err := o.config()
	if err != nil {
		return err
	}
	deps, s, err := o.connect(ctx, cfg)
	if err != nil {
		return interrupted(ctx, err)
	}
	defer s.Close() //nolint:errcheck // the session ends with the process at the latest
	return interrupted(ctx, do(cfg, deps))
}

// connect opens both sides. The caller closes the session.
func (o *snowflakeOptions) connect(ctx context.Context, cfg snowflake.Config) (snowflake.Deps, *session.Session, error) {
	if o.account == "" || o.user == "" {
		return snowflake.Deps{}, nil, usageError{fmt.Errorf("name the Snowflake account and user: --account myorg-account1 --user PENSTOCK_ADMIN")}
	}
	key, err := session.ReadKey(o.key)
	if err != nil {
		return snowflake.Deps{}, nil, err
	}
	fingerprint, err := keypair.Fingerprint(&key.PublicKey)
	if err != nil {
		return snowflake.Deps{}, nil, err
	}
	awsCfg, err := awsConfiguration(ctx, cfg.Lake.Region, o.profile)
	if err != nil {
		return snowflake.Deps{}, nil, err
	}
	s, err := session.Open(ctx, session.Config{Account: o.account, User: o.user, Key: key, Endpoint: o.endpoint})
	if err != nil {
		return snowflake.Deps{}, nil, err
	}
	bucket := awsside.NewBucket(awsCfg, awsCfg.BaseEndpoint != nil)
	return snowflake.Deps{Account: s, Fingerprint: fingerprint, Roles: awsside.NewRoles(awsCfg), Bucket: bucket, Objects: bucket.Objects(cfg.Lake.Bucket)}, s, nil
}
