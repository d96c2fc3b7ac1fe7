package snowflake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// Events that a bucket tells Snowflake of. An external table must also hear of files that go.
const (
	objectCreated = "s3:ObjectCreated:*"
	objectRemoved = "s3:ObjectRemoved:*"
)

// mergeNotification adds ours to a bucket's notifications. changed is false if they say it already. S3 refuses two that
// tell of one event of one object; the error then says which is in the way.
func mergeNotification(have Notifications, ours QueueNotification) (merged Notifications, changed bool, err error) {
	merged = have
	merged.Queues = nil
	for _, q := range have.Queues {
		if q.Queue == ours.Queue && covers(q, ours) {
			return have, false, nil
		}
		if q.ID == ours.ID {
			continue // ours of an earlier setup
		}
		merged.Queues = append(merged.Queues, q)
	}
	for _, q := range slices.Concat(merged.Queues, have.Others) {
		if overlaps(q, ours) {
			return have, false, &event.Error{
				Code:    "notification_conflict",
				Message: fmt.Sprintf("the bucket already tells %s of %s below %q (notification %q), and S3 tells only one receiver of an event", q.Queue, strings.Join(q.Events, ", "), q.Prefix, q.ID),
				Hint:    fmt.Sprintf("give that notification a prefix beside %q, or send both through one SNS topic", ours.Prefix),
			}
		}
	}
	merged.Queues = append(merged.Queues, ours)
	return merged, true, nil
}

// covers: everything ours tells is told by q.
func covers(q, ours QueueNotification) bool {
	if !strings.HasPrefix(ours.Prefix, q.Prefix) || q.Suffix != "" {
		return false
	}
	return !slices.ContainsFunc(ours.Events, func(e string) bool { return !slices.Contains(q.Events, e) })
}

// overlaps: an object and an event exist that both tell of.
func overlaps(a, b QueueNotification) bool {
	prefix := strings.HasPrefix(a.Prefix, b.Prefix) || strings.HasPrefix(b.Prefix, a.Prefix)
	suffix := strings.HasSuffix(a.Suffix, b.Suffix) || strings.HasSuffix(b.Suffix, a.Suffix)
	return prefix && suffix && slices.ContainsFunc(a.Events, func(x string) bool {
		return slices.ContainsFunc(b.Events, func(y string) bool { return sameEvent(x, y) })
	})
}

// sameEvent: "s3:ObjectCreated:*" holds "s3:ObjectCreated:Put".
func sameEvent(x, y string) bool {
	return x == y || kindOf(x) == kindOf(y) && (strings.HasSuffix(x, ":*") || strings.HasSuffix(y, ":*"))
}

func kindOf(e string) string {
	if i := strings.LastIndexByte(e, ':'); i > 2 {
		return e[:i]
	}
	return e
}

// withoutNotification takes out what setup put in.
func withoutNotification(have Notifications, id string) (rest Notifications, changed bool) {
	rest = have
	rest.Queues = slices.DeleteFunc(slices.Clone(have.Queues), func(q QueueNotification) bool { return q.ID == id })
	return rest, len(rest.Queues) != len(have.Queues)
}
