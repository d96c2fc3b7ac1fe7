package kinesis

import (
	"context"
	"maps"
	"slices"
	"sort"
)

// addTagsToStream sets tags.
type addTagsToStream struct {
	streamRef
	tags map[string]string
}

func (op *addTagsToStream) field(name string, r reader) {
	if name == "Tags" {
		op.tags = readTextMap(r)
	} else if !op.streamRef.field(name, r) {
		r.skip()
	}
}

func (op *addTagsToStream) check(v *violations) {
	v.required("tags", op.tags != nil)
	if op.tags != nil && len(op.tags) == 0 {
		v.add("'{}'", "tags", "Member must have length greater than or equal to 1")
	}
	checkTags(v, op.tags)
	op.streamRef.check(v)
}

func (op *addTagsToStream) run(ctx context.Context, s *Server, _ writer) error {
	return s.changeTags(ctx, &op.streamRef, func(stream string, tags map[string]string) *failure {
		if fault := checkTagText(tagTexts(op.tags)); fault != nil {
			return fault
		}
		maps.Copy(tags, op.tags)
		return s.checkTagCount("add", stream, len(tags))
	})
}

// removeTagsFromStream removes tags; one that is not there is no error.
type removeTagsFromStream struct {
	streamRef
	keys []string
}

func (op *removeTagsFromStream) field(name string, r reader) {
	if name == "TagKeys" {
		op.keys = readTexts(r)
	} else if !op.streamRef.field(name, r) {
		r.skip()
	}
}

func (op *removeTagsFromStream) check(v *violations) {
	checkTagKeys(v, op.keys)
	op.streamRef.check(v)
}

func (op *removeTagsFromStream) run(ctx context.Context, s *Server, _ writer) error {
	return s.changeTags(ctx, &op.streamRef, removeTags(op.keys))
}

func removeTags(keys []string) func(string, map[string]string) *failure {
	return func(_ string, tags map[string]string) *failure {
		if fault := checkTagText(slices.Values(keys)); fault != nil {
			return fault
		}
		for _, key := range keys {
			delete(tags, key)
		}
		return nil
	}
}

// changeTags lets change work on a copy of the stream's tags.
func (s *Server) changeTags(ctx context.Context, ref *streamRef, change func(stream string, tags map[string]string) *failure) error {
	info, err := ref.find(s)
	if err != nil {
		return err
	}
	err = s.log.UpdateStream(ctx, info.Name, func(info *StreamInfo) error {
		tags := maps.Clone(info.Tags)
		if tags == nil {
			tags = map[string]string{}
		}
		if fault := change(info.Name, tags); fault != nil {
			return fault
		}
		info.Tags = tags
		return nil
	})
	return s.streamError(err, info.Name)
}

// listTagsForStream lists tags by key, page by page.
type listTagsForStream struct {
	streamRef
	limit number
	after text // ExclusiveStartTagKey
}

func (op *listTagsForStream) field(name string, r reader) {
	switch {
	case name == "Limit":
		op.limit = got(r.integer())
	case name == "ExclusiveStartTagKey":
		op.after = got(r.text())
	case !op.streamRef.field(name, r):
		r.skip()
	}
}

func (op *listTagsForStream) check(v *violations) {
	v.number("limit", op.limit, 1, maxTags)
	v.text("exclusiveStartTagKey", op.after, 1, 128, nil)
	op.streamRef.check(v)
}

func (op *listTagsForStream) run(_ context.Context, s *Server, w writer) error {
	info, err := op.find(s)
	if err != nil {
		return err
	}
	keys := slices.Sorted(maps.Keys(info.Tags))
	if op.after.set {
		keys = keys[sort.Search(len(keys), func(i int) bool { return keys[i] > op.after.value }):]
	}
	page := keys[:min(len(keys), int(op.limit.or(maxTags)))]
	w.object()
	writeTags(w, info.Tags, page)
	w.field("HasMoreTags")
	w.flag(len(page) < len(keys))
	w.end()
	return nil
}
