package snowflake

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// userKey is one of a user's two public keys, as DESC USER tells of it.
type userKey struct {
	property, fingerprint string
	set                   time.Time // zero if it is not told
}

// userKeys looks whether the key that logged in is one of the user's, which one, and how long user and key will last.
// (Snowflake, DESCRIBE USER.)
func (r *Run) userKeys(ctx context.Context) Finding {
	user := r.cfg.User
	f := Finding{Link: "key of user " + string(user), OK: true}
	rows, err := r.send(ctx, sql(accountAdmin, "DESC USER "+user.String()))
	if err != nil {
		f.Cause, f.Mend = "it cannot be looked at: "+err.Error(), fmt.Sprintf("an administrator runs `DESC USER %s`", user)
		return f
	}
	told := map[string]string{}
	for _, row := range rows {
		if value := row["property_value"]; value != "null" {
			told[strings.ToUpper(row["property"])] = value
		}
	}
	if days, err := strconv.ParseFloat(told["DAYS_TO_EXPIRY"], 64); err == nil && days < soon.Hours()/24 {
		f.Cause, f.Mend = fmt.Sprintf("the user can log in for %.0f more days", days), fmt.Sprintf("ALTER USER %s UNSET DAYS_TO_EXPIRY", user)
		return f
	}
	first, second := keyOf(told, "RSA_PUBLIC_KEY"), keyOf(told, "RSA_PUBLIC_KEY_2")
	ours, other := first, second
	switch r.deps.Fingerprint {
	case "":
		return f
	case second.fingerprint:
		ours, other = second, first
	case first.fingerprint:
	default:
		f.OK = false
		f.Cause = fmt.Sprintf("neither RSA_PUBLIC_KEY nor RSA_PUBLIC_KEY_2 of the user is that of our private key (%s); the next login will fail", r.deps.Fingerprint)
		f.Mend = "penstock snowflake keys --show, and the ALTER USER it prints"
		return f
	}
	f.Link += " (" + ours.property + ")"
	switch age := time.Since(ours.set); {
	case other.fingerprint != "" && other.set.After(ours.set):
		f.Cause = fmt.Sprintf("%s was set on %s, after ours: keys are being changed, and ours will be taken away", other.property, other.set.Format(time.DateOnly))
		f.Mend = "--key with the private key of " + other.property + ", then ALTER USER " + user.String() + " UNSET " + ours.property
	case !ours.set.IsZero() && age > oldKey:
		spare := "--second "
		if ours.property == "RSA_PUBLIC_KEY_2" {
			spare = ""
		}
		f.Cause = fmt.Sprintf("it is %d days old; change keys once a year", int(age.Hours()/24))
		f.Mend = "penstock snowflake keys " + spare + "--key new.p8, and the ALTER USER it prints"
	}
	return f
}

func keyOf(told map[string]string, property string) userKey {
	k := userKey{property: property, fingerprint: told[property+"_FP"]}
	// "2026-01-02 03:04:05.678 -0800" in sessions, "2026-01-02T03:04:05Z" elsewhere; the first ten bytes do.
	if text := told[property+"_LAST_SET_TIME"]; len(text) >= len(time.DateOnly) {
		if at, err := time.Parse(time.DateOnly, text[:len(time.DateOnly)]); err == nil {
			k.set = at
		}
	}
	return k
}
