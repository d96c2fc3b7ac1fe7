package deploy

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// DefaultStack is the stack's name when nobody says otherwise.
const DefaultStack = "PipelineStack"

// EnvFile is the file beside which commands are run that names stack, account and region.
const EnvFile = ".env"

// maxEnvBytes of an environment file; a larger one is some other file.
const maxEnvBytes = 1 << 20

// Environment says which stack, where.
type Environment struct {
	// Stack is CDK_STACK. Default DefaultStack.
	Stack string
	// Account is CDK_ACCOUNT, twelve digits. Empty: the account of the credentials.
	Account string
	// Region is CDK_REGION. Empty: the region of the AWS configuration.
	Region string
	// Profile of the AWS configuration. Empty: its default. (AWS_PROFILE is read by the SDK itself.)
	Profile string
}

var (
	stackName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,127}$`) // CloudFormation, CreateStack: StackName
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	regionID  = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)
)

// ReadEnvironment fills in what flags leave open: from the environment, then from file, then by default. A
// file that does not exist says nothing. Of the file only CDK_STACK, CDK_ACCOUNT and CDK_REGION are looked
// at: what else it holds may be secret.
func ReadEnvironment(flags Environment, getenv func(string) string, file string) (Environment, error) {
	values, err := readEnvFile(file)
	if err != nil {
		return Environment{}, err
	}
	pick := func(flag, name, otherwise string) string {
		for _, v := range []string{flag, getenv(name), values[name]} {
			if v != "" {
				return v
			}
		}
		return otherwise
	}
	e := Environment{
		Stack: pick(flags.Stack, "CDK_STACK", DefaultStack), Account: pick(flags.Account, "CDK_ACCOUNT", ""),
		Region: pick(flags.Region, "CDK_REGION", ""), Profile: flags.Profile,
	}
	return e, e.validate()
}

func (e Environment) validate() error {
	var faults []error
	if !stackName.MatchString(e.Stack) {
		faults = append(faults, fmt.Errorf("the stack's name %q (--stack, CDK_STACK): use a letter, then letters, digits and -, at most 128", e.Stack))
	}
	if e.Account != "" && !accountID.MatchString(e.Account) {
		faults = append(faults, fmt.Errorf("the account %q (--account, CDK_ACCOUNT): write its twelve digits", e.Account))
	}
	if e.Region != "" && !regionID.MatchString(e.Region) {
		faults = append(faults, fmt.Errorf("the region %q (--region, CDK_REGION): write one such as eu-central-1", e.Region))
	}
	return errors.Join(faults...)
}

// envNames are all that is read of the file.
var envNames = map[string]bool{"CDK_STACK": true, "CDK_ACCOUNT": true, "CDK_REGION": true}

func readEnvFile(path string) (map[string]string, error) {
	info, err := os.Stat(path)
	if path == "" || errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxEnvBytes {
		return nil, &event.Error{Code: "env_unreadable", Message: path + " cannot be read as a list of NAME=value lines", Err: err,
			Hint: "name another file with --env-file, or none with --env-file ''"}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the environment file: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	values := map[string]string{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxEnvBytes)
	for lines.Scan() {
		name, value, found := strings.Cut(strings.TrimPrefix(strings.TrimSpace(lines.Text()), "export "), "=")
		if name = strings.TrimSpace(name); found && envNames[name] {
			values[name] = unquoted(value)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return values, nil
}

// unquoted is a value as shells read it, as far as names and numbers need: quotes, and a comment behind.
func unquoted(value string) string {
	value = strings.TrimSpace(value)
	if value != "" && (value[0] == '"' || value[0] == '\'') {
		if end := strings.IndexByte(value[1:], value[0]); end >= 0 {
			return value[1 : 1+end]
		}
	}
	if at := strings.Index(value, " #"); at >= 0 {
		value = value[:at]
	}
	return strings.TrimSpace(value)
}
