package double

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

type rule struct {
	match *regexp.Regexp
	run   func(a *Account, s *session, m []string) answer
}

const kinds = `(ROLE|WAREHOUSE|RESOURCE MONITOR|DATABASE|SCHEMA|STORAGE INTEGRATION|INTEGRATION|FILE FORMAT|STAGE|EXTERNAL TABLE|TABLE|PIPE|VIEW)`

// rules are the statements an account knows, by their beginning.
func rules() []rule {
	r := func(pattern string, run func(*Account, *session, []string) answer) rule {
		return rule{regexp.MustCompile(`(?s)^` + pattern), run}
	}
	return slices.Concat(rulesOfCopies(), []rule{
		r(`USE ROLE (.*)$`, (*Account).useRole),
		r(`USE WAREHOUSE (.*)$`, (*Account).useWarehouse),
		r(`CREATE (OR REPLACE )?`+kinds+` (?:IF NOT EXISTS )?(.*)$`, (*Account).create),
		r(`ALTER `+kinds+` (.*)$`, (*Account).alter),
		r(`DROP `+kinds+` (IF EXISTS )?(.*)$`, (*Account).drop),
		r(`GRANT ROLE (.*) TO (ROLE|USER) (.*)$`, (*Account).grantRole),
		r(`GRANT (.*?) ON `+kinds+` (.*) TO ROLE (.*)$`, (*Account).grantPrivilege),
		r(`SHOW GRANTS (OF|TO) ROLE (.*)$`, (*Account).showGrants),
		r(`SHOW COLUMNS IN SCHEMA (.*)$`, (*Account).showColumns),
		r(`SHOW ([A-Z ]+?)S(?: LIKE '((?:[^'\\]|''|\\.)*)')?(?: IN (?:DATABASE|SCHEMA) (.*))?$`, (*Account).show),
		r(`DESC USER (.*)$`, (*Account).describeUser),
		r(`DESC INTEGRATION (.*)$`, (*Account).describe),
		r(`SELECT 1$`, (*Account).one),
		r(`SELECT TABLE_NAME, COLUMN_NAME, (.*) FROM INFORMATION_SCHEMA.COLUMNS\s+WHERE TABLE_SCHEMA = '([^']*)'`, (*Account).columns),
		r(`INSERT INTO "_PENSTOCK_`, (*Account).insert),
		r(`SELECT CURRENT_ACCOUNT\(\)`, (*Account).current),
		r(`SELECT DATE_PART\(EPOCH_MILLISECOND, CURRENT_TIMESTAMP\(\)\)`, (*Account).clock),
		r(`SELECT SYSTEM\$([A-Z_]+)\((.*)\)$`, (*Account).system),
		r(`SELECT `, (*Account).seeded),
	})
}

func (a *Account) run(s *session, sql string) answer {
	for _, r := range rules() {
		if m := r.match.FindStringSubmatch(sql); m != nil {
			return r.run(a, s, append(m, sql))
		}
	}
	return unknown(sql)
}

func (a *Account) useRole(s *session, m []string) answer {
	role, _ := name(m[1])
	if a.get("ROLE", role) == nil || !a.plays(role) {
		return answer{code: 3013, message: fmt.Sprintf("SQL access control error:\nRequested role '%s' is not assigned to the executing user. Specify another role to activate.", role)}
	}
	s.role = role
	return done("Statement executed successfully.")
}

func (a *Account) useWarehouse(s *session, m []string) answer {
	n, _ := name(m[1])
	if a.get("WAREHOUSE", n) == nil || !a.may(s.role, "USAGE", "WAREHOUSE", n) {
		return missing("Warehouse '" + n + "'")
	}
	s.warehouse = n
	return done("Statement executed successfully.")
}

func (a *Account) clock(*session, []string) answer {
	return cell("NOW", strconv.FormatInt(time.Now().Add(a.Skew).UnixMilli(), 10))
}

func kindOf(text string) string { return strings.TrimPrefix(text, "STORAGE ") }

func (a *Account) create(s *session, m []string) answer {
	kind, sql := kindOf(m[2]), m[len(m)-1]
	n, rest := name(m[3])
	n = s.qualified(kind, n)
	if !a.mayCreate(s.role, kind, n) {
		return denied(s.role, sql)
	}
	if o := a.get(kind, n); o != nil {
		if m[1] == "" {
			return already(kind, n)
		}
		if o.owner != s.role {
			return denied(s.role, sql)
		}
	}
	attributes, refused := a.attributes(s, kind, n, rest, sql)
	if refused != nil {
		return *refused
	}
	a.put(kind, n, s.role, attributes)
	return done(fmt.Sprintf("%s %s successfully created.", kind, last(n)))
}

// attributes reads what SHOW and DESC will tell, and checks what the object names.
func (a *Account) attributes(s *session, kind, n, rest, sql string) (map[string]string, *answer) {
	at := map[string]string{}
	refuse := func(with answer) (map[string]string, *answer) { return nil, &with }
	switch kind {
	case "INTEGRATION":
		at["ENABLED"], at["STORAGE_AWS_ROLE_ARN"] = "true", literal(sql, "STORAGE_AWS_ROLE_ARN")
		at["STORAGE_ALLOWED_LOCATIONS"] = strings.Join(literals(sql, "STORAGE_ALLOWED_LOCATIONS"), ",")
		at["STORAGE_AWS_EXTERNAL_ID"], at["STORAGE_AWS_IAM_USER_ARN"] = literal(sql, "STORAGE_AWS_EXTERNAL_ID"), UserARN
	case "STAGE":
		integration, _ := name(regexp.MustCompile(`STORAGE_INTEGRATION = (.*)`).FindStringSubmatch(sql)[1])
		o := a.get("INTEGRATION", integration)
		if o == nil || !a.may(s.role, "USAGE", "INTEGRATION", integration) {
			return refuse(missing("Integration '" + integration + "'"))
		}
		at["url"], at["storage_integration"] = literal(sql, "URL"), integration
		if !strings.HasPrefix(at["url"], strings.Split(o.attributes["STORAGE_ALLOWED_LOCATIONS"], ",")[0]) {
			return refuse(answer{code: 3135, message: "Location '" + at["url"] + "' is not allowed by integration " + integration})
		}
	case "FILE FORMAT":
		at["type"], at["format_options"] = "CSV", formatOptions("", rest)
	case "TABLE":
		at["columns"] = rest
	case "PIPE":
		at["definition"] = sql[strings.Index(sql, " AS COPY")+4:]
		into, _ := name(strings.TrimPrefix(at["definition"], "COPY INTO "))
		if a.get("TABLE", into) == nil {
			return refuse(missing("Table '" + into + "'"))
		}
		at["executionState"], at["notification_channel"] = "RUNNING", Channel
	case "EXTERNAL TABLE":
		at["notification_channel"] = Channel
	case "VIEW":
		at["text"] = sql
	}
	return at, nil
}

func (a *Account) alter(s *session, m []string) answer {
	kind, sql := kindOf(m[1]), m[len(m)-1]
	n, rest := name(m[2])
	n = s.qualified(kind, n)
	o := a.get(kind, n)
	switch {
	case o == nil:
		return missing(kind + " '" + n + "'")
	case kind == "WAREHOUSE" && s.role != "ACCOUNTADMIN", kind != "WAREHOUSE" && o.owner != s.role:
		return denied(s.role, sql)
	}
	switch {
	case kind == "WAREHOUSE":
		o.attributes["resource_monitor"], _ = name(regexp.MustCompile(`RESOURCE_MONITOR = (.*)`).FindStringSubmatch(sql)[1])
	case kind == "INTEGRATION":
		o.attributes["ENABLED"], o.attributes["STORAGE_AWS_ROLE_ARN"] = "true", literal(sql, "STORAGE_AWS_ROLE_ARN")
		o.attributes["STORAGE_ALLOWED_LOCATIONS"] = strings.Join(literals(sql, "STORAGE_ALLOWED_LOCATIONS"), ",")
	case kind == "TABLE" && strings.HasPrefix(rest, "ADD COLUMN "):
		o.attributes["columns"] = strings.TrimSuffix(o.attributes["columns"], ")") + ", " + strings.TrimPrefix(rest, "ADD COLUMN ") + ")"
	case kind == "TABLE" && strings.HasPrefix(rest, "ALTER COLUMN "):
		o.attributes["columns"] = altered(o.attributes["columns"], rest)
	case kind == "PIPE" && strings.HasPrefix(rest, "SET PIPE_EXECUTION_PAUSED = "):
		o.attributes["executionState"] = map[bool]string{true: "PAUSED", false: "RUNNING"}[strings.HasSuffix(rest, "TRUE")]
	case kind == "FILE FORMAT" && strings.HasPrefix(rest, "SET "):
		o.attributes["format_options"] = formatOptions(o.attributes["format_options"], rest)
	case rest == "REFRESH":
	default:
		return unknown(sql)
	}
	return done("Statement executed successfully.")
}

func (a *Account) drop(s *session, m []string) answer {
	kind := kindOf(m[1])
	n, _ := name(m[3])
	o := a.get(kind, n)
	if o == nil {
		if m[2] != "" {
			return done("Drop statement executed successfully (" + last(n) + " already dropped).")
		}
		return missing(kind + " '" + n + "'")
	}
	if o.owner != s.role {
		return denied(s.role, m[len(m)-1])
	}
	delete(a.objects, kind+" "+n)
	for key, inside := range a.objects {
		if strings.HasPrefix(inside.name, n+".") && (kind == "SCHEMA" || kind == "DATABASE") {
			delete(a.objects, key)
		}
	}
	kept := a.grants[:0]
	for _, g := range a.grants {
		if g.kind != kind || g.name != n {
			kept = append(kept, g)
		}
	}
	a.grants = kept
	return done(last(n) + " successfully dropped.")
}
