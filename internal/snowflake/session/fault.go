package session

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/snowflakedb/gosnowflake"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/snowflake"
)

// Numbers of Snowflake's errors.
const (
	insufficientPrivileges = 3001
	roleNotAssigned        = 3013
	notThere               = 2003
	firstLogin             = 390100 // up to lastLogin: passwords, tokens, users
	lastLogin              = 390399
	sessionGone            = 390104
	firstToken             = 394300 // key pairs
	lastToken              = 394399
)

// explain makes an error of the driver one that says what to do. It holds no secret: the driver's errors do not.
func explain(err error) error {
	var timeout net.Error
	var address *url.Error
	answered, ok := errors.AsType[*gosnowflake.SnowflakeError](err)
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return err
	case !ok && (errors.As(err, &timeout) || errors.As(err, &address)), errors.Is(err, context.DeadlineExceeded):
		return unreachable(err)
	case !ok && strings.Contains(err.Error(), "HTTP Status: 429"):
		return &event.Error{Code: snowflake.CodeThrottled, Message: "Snowflake has too much to do", Err: err, Hint: again}
	case !ok && strings.Contains(err.Error(), "Hanging?"): // the driver's word for tries that all failed
		return unreachable(err)
	case !ok:
		return err
	}
	switch n := answered.Number; {
	case n == gosnowflake.ErrRoleNotExist:
		return &event.Error{Code: snowflake.CodeNoPrivilege, Message: "the user has no such role", Err: err, Hint: "name a role that was granted to the user, or let an administrator run GRANT ROLE ... TO USER ..."}
	case n == insufficientPrivileges, n == roleNotAssigned:
		return &event.Error{Code: snowflake.CodeNoPrivilege, Message: "Snowflake refuses the role", Err: err}
	case n == notThere:
		return &event.Error{Code: snowflake.CodeNotThere, Message: "no such object, or not for this role", Err: err}
	case n == sessionGone:
		return &event.Error{Code: snowflake.CodeUnreachable, Message: "the session has ended", Err: err, Hint: "run the command again"}
	case n >= firstLogin && n <= lastLogin, n >= firstToken && n <= lastToken:
		return &event.Error{Code: snowflake.CodeLogin, Message: "Snowflake does not let the user in", Err: err,
			Hint: "check --account and --user, that the clock is right, and that the user has this public key: `penstock snowflake keys --show` prints the ALTER USER again" + details(answered.Message)}
	case n == gosnowflake.ErrCodeServiceUnavailable, strings.Contains(answered.Message, "HTTP Status: 429"):
		return &event.Error{Code: snowflake.CodeThrottled, Message: "Snowflake has too much to do", Err: err, Hint: again}
	case n == gosnowflake.ErrCodeFailedToConnect, n == gosnowflake.ErrFailedToAuth:
		return &event.Error{Code: snowflake.CodeUnreachable, Message: "there is no such Snowflake account at this address", Err: err,
			Hint: "write --account as in the account's URL, myorg-account1 for https://myorg-account1.snowflakecomputing.com"}
	case n == gosnowflake.ErrFailedToGetSSO:
		return unreachable(err)
	}
	return &event.Error{Code: snowflake.CodeStatement, Message: "Snowflake refused a statement", Err: err}
}

const again = "run the command again in a minute; what is done stays done"

var failure = regexp.MustCompile(`\[([0-9a-fA-F-]{36})\]`)

// details is where Snowflake keeps the cause of a refused key pair, which it does not tell whoever is refused. (Snowflake,
// SYSTEM$GET_LOGIN_FAILURE_DETAILS.)
func details(message string) string {
	if id := failure.FindStringSubmatch(message); id != nil {
		return fmt.Sprintf("; an administrator sees the cause by SELECT SYSTEM$GET_LOGIN_FAILURE_DETAILS('%s')", id[1])
	}
	return ""
}

func unreachable(err error) error {
	return &event.Error{Code: snowflake.CodeUnreachable, Message: "Snowflake cannot be reached", Err: err,
		Hint: "check the account's name (myorg-account1), the network and proxies; what is done stays done, so run the command again"}
}
