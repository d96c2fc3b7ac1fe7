package double

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// shown are the columns of SHOW, by kind, as far as anybody reads them. (Snowflake, SHOW ....)
func shown() map[string][]string {
	return map[string][]string{
		"ROLE":             {"created_on", "name", "is_default", "is_current", "is_inherited", "assigned_to_users", "granted_to_roles", "granted_roles", "owner", "comment"},
		"WAREHOUSE":        {"name", "state", "type", "size", "auto_suspend", "auto_resume", "owner", "comment", "resource_monitor"},
		"RESOURCE MONITOR": {"name", "credit_quota", "used_credits", "remaining_credits", "level", "frequency", "start_time", "end_time", "notify_at", "suspend_at", "suspend_immediately_at", "created_on", "owner", "comment"},
		"DATABASE":         {"created_on", "name", "is_default", "is_current", "origin", "owner", "comment", "options", "retention_time"},
		"SCHEMA":           {"created_on", "name", "is_default", "is_current", "database_name", "owner", "comment", "options", "retention_time"},
		"INTEGRATION":      {"name", "type", "category", "enabled", "comment", "created_on"},
		"FILE FORMAT":      {"created_on", "name", "database_name", "schema_name", "type", "owner", "comment", "format_options"},
		"STAGE":            {"created_on", "name", "database_name", "schema_name", "url", "has_credentials", "has_encryption_key", "owner", "comment", "region", "type", "cloud", "notification_channel", "storage_integration"},
		"PIPE":             {"created_on", "name", "database_name", "schema_name", "definition", "owner", "notification_channel", "comment", "integration", "pattern", "error_integration", "invalid_reason"},
		"EXTERNAL TABLE":   {"created_on", "name", "database_name", "schema_name", "invalid", "invalid_reason", "owner", "comment", "stage", "location", "file_format_name", "notification_channel"},
		"TABLE":            {"created_on", "name", "database_name", "schema_name", "kind", "comment", "owner", "rows"},
		"VIEW":             {"created_on", "name", "reserved", "database_name", "schema_name", "owner", "comment", "text", "is_secure"},
	}
}

func (a *Account) show(s *session, m []string) answer {
	kind := kindOf(m[1])
	columns := shown()[kind]
	if columns == nil {
		return unknown(m[len(m)-1])
	}
	in, _ := name(m[3])
	if strings.Contains(in, ".") && !a.sees(s.role, in) {
		return missing("Schema '" + in + "'")
	}
	if in != "" && !strings.Contains(in, ".") && !a.may(s.role, "USAGE", "DATABASE", in) {
		return missing("Database '" + in + "'")
	}
	var rows []map[string]string
	for _, o := range a.list(kind, in) {
		if m[2] != "" && !like(unescape(m[2]), last(o.name)) {
			continue
		}
		row := map[string]string{"created_on": "2026-11-22 05:06:07.123 +0000"}
		for _, c := range columns {
			if v, ok := o.attributes[c]; ok {
				row[c] = v
			}
		}
		row["name"], row["owner"], row["schema_name"] = last(o.name), o.owner, last(parent(o.name))
		rows = append(rows, row)
	}
	return table(columns, rows)
}

// like is SQL's, without regard to case.
func like(pattern, name string) bool {
	p := regexp.QuoteMeta(pattern)
	p = strings.NewReplacer("%", ".*", "_", ".").Replace(p)
	return regexp.MustCompile(`(?is)^` + p + `$`).MatchString(name)
}

var typed = regexp.MustCompile(`("(?:[^"]|"")*") ([A-Z_]+)(?:\((\d+)(?:,(\d+))?\))?`)

func (a *Account) showColumns(s *session, m []string) answer {
	in, _ := name(m[1])
	if !a.sees(s.role, in) {
		return missing("Schema '" + in + "'")
	}
	var rows []map[string]string
	for _, o := range a.list("TABLE", in) {
		for _, c := range typed.FindAllStringSubmatch(o.attributes["columns"], -1) {
			column, _ := name(c[1])
			rows = append(rows, map[string]string{"table_name": last(o.name), "schema_name": last(in), "column_name": column, "data_type": typeJSON(c[2], c[3], c[4]), "null?": "true"})
		}
	}
	return table([]string{"table_name", "schema_name", "column_name", "data_type", "null?"}, rows)
}

func typeJSON(sqlType, first, second string) string {
	switch sqlType {
	case "NUMBER":
		return fmt.Sprintf(`{"type":"FIXED","precision":%s,"scale":%s,"nullable":true}`, first, second)
	case "FLOAT":
		return `{"type":"REAL","nullable":true}`
	case "VARCHAR":
		if first == "" {
			first = "16777216"
		}
		return fmt.Sprintf(`{"type":"TEXT","length":%s,"byteLength":16777216,"nullable":true,"fixed":false}`, first)
	case "TIMESTAMP_TZ":
		if first == "" {
			first = "9"
		}
		return fmt.Sprintf(`{"type":"TIMESTAMP_TZ","precision":0,"scale":%s,"nullable":true}`, first)
	}
	return fmt.Sprintf(`{"type":%q,"nullable":true}`, sqlType)
}

func (a *Account) describe(s *session, m []string) answer {
	n, _ := name(m[1])
	o := a.get("INTEGRATION", n)
	if o == nil || !a.may(s.role, "USAGE", "INTEGRATION", n) {
		return missing("Integration '" + n + "'")
	}
	var rows []map[string]string
	property := func(name, kind, value string) {
		rows = append(rows, map[string]string{"property": name, "property_type": kind, "property_value": value, "property_default": ""})
	}
	property("ENABLED", "Boolean", o.attributes["ENABLED"])
	property("STORAGE_PROVIDER", "String", "S3")
	property("STORAGE_ALLOWED_LOCATIONS", "List", o.attributes["STORAGE_ALLOWED_LOCATIONS"])
	property("STORAGE_BLOCKED_LOCATIONS", "List", "")
	for _, p := range []string{"STORAGE_AWS_IAM_USER_ARN", "STORAGE_AWS_ROLE_ARN", "STORAGE_AWS_EXTERNAL_ID"} {
		property(p, "String", o.attributes[p])
	}
	property("COMMENT", "String", "")
	return table([]string{"property", "property_type", "property_value", "property_default"}, rows)
}

func (a *Account) current(*session, []string) answer {
	return table([]string{"ACCOUNT", "REGION", "NAME"}, []map[string]string{{"ACCOUNT": a.Name, "REGION": cmp.Or(a.Region, "AWS_US_EAST_1"), "NAME": a.User}})
}

var argument = regexp.MustCompile(`'((?:[^'\\]|''|\\.)*)'`)

func (a *Account) system(s *session, m []string) answer {
	var arguments []string
	for _, arg := range argument.FindAllStringSubmatch(m[2], -1) {
		arguments = append(arguments, unescape(arg[1]))
	}
	column := "SYSTEM$" + m[1]
	switch m[1] {
	case "GET_SNOWFLAKE_PLATFORM_INFO":
		if s.role != "ACCOUNTADMIN" {
			return cell(column, "")
		}
		return cell(column, cmp.Or(a.Platform, platform))
	case "VALIDATE_STORAGE_INTEGRATION":
		return a.validate(s, column, arguments)
	case "PIPE_STATUS":
		n, _ := name(arguments[0])
		o := a.get("PIPE", n)
		if o == nil {
			return missing("Pipe '" + n + "'")
		}
		status := map[string]any{"executionState": "RUNNING", "pendingFileCount": 0, "notificationChannelName": Channel, "numOutstandingMessagesOnChannel": 0}
		for _, key := range slices.Sorted(maps.Keys(o.attributes)) {
			if key != "definition" && key != "notification_channel" {
				status[key] = o.attributes[key]
			}
		}
		if text, ok := o.attributes["pendingFileCount"]; ok {
			status["pendingFileCount"] = json.Number(text)
		}
		text, _ := json.Marshal(status)
		return cell(column, string(text))
	}
	return unknown(m[0])
}

const platform = `{"snowflake-vpc-id":["vpc-0old"],"snowflake-egress-vpc-ids":[{"id":"vpc-0aaa","expires":"2027-12-31","purpose":"generic"},{"id":"vpc-0bbb","expires":"2027-12-31","purpose":"generic"},{"id":"vpc-0ccc","expires":"2027-12-31","purpose":"other"}]}`

func (a *Account) validate(s *session, column string, arguments []string) answer {
	o := a.get("INTEGRATION", arguments[0])
	if o == nil || !a.may(s.role, "USAGE", "INTEGRATION", arguments[0]) {
		return missing("Integration '" + arguments[0] + "'")
	}
	action := strings.ToUpper(arguments[3])
	if a.Trust != nil && !a.Trust(o.attributes["STORAGE_AWS_ROLE_ARN"], o.attributes["STORAGE_AWS_EXTERNAL_ID"]) {
		return cell(column, fmt.Sprintf(`{"status":"failure","actions":{"%s":{"status":"failure","message":"Error assuming AWS_ROLE:\nUser: %s is not authorized to perform: sts:AssumeRole on resource: %s"}},"message":"Some of the integration checks failed. Check the individual statuses for each action."}`,
			action, UserARN, o.attributes["STORAGE_AWS_ROLE_ARN"]))
	}
	return cell(column, fmt.Sprintf(`{"status":"success","actions":{"%s":{"status":"success"}}}`, action))
}

// seeded answers a SELECT from what a test has given.
func (a *Account) seeded(_ *session, m []string) answer {
	sql := m[len(m)-1]
	if a.Asked != nil {
		if columns, rows := a.Asked(sql); columns != nil {
			return answer{columns: columns, rows: rows}
		}
	}
	for part, rows := range a.tables {
		if strings.Contains(sql, part) {
			columns := []string{"NOTHING"} // the driver waits for ever for an answer without columns
			if len(rows) > 0 {
				columns = slices.Sorted(maps.Keys(rows[0]))
			}
			return table(columns, rows)
		}
	}
	return unknown(sql)
}
