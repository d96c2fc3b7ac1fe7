package kinesis

import (
	"context"
	"maps"
	"slices"
)

// resourceRef is how the newer tag operations name what they tag. Streams are the only resources
// we have.
type resourceRef struct{ arn text }

func (ref *resourceRef) check(v *violations) {
	v.required("resourceARN", ref.arn.set)
	v.text("resourceARN", ref.arn, 1, 2048, arnPattern)
}

func (ref *resourceRef) stream() *streamRef { return &streamRef{arn: ref.arn} }

// tagResource sets tags.
type tagResource struct {
	resourceRef
	tags map[string]string
}

func (op *tagResource) field(name string, r reader) {
	switch name {
	case "ResourceARN":
		op.arn = got(r.text())
	case "Tags":
		op.tags = readTextMap(r)
	default:
		r.skip()
	}
}

func (op *tagResource) check(v *violations) {
	op.resourceRef.check(v)
	(&addTagsToStream{tags: op.tags}).check(v)
}

func (op *tagResource) run(ctx context.Context, s *Server, w writer) error {
	return (&addTagsToStream{streamRef: *op.stream(), tags: op.tags}).run(ctx, s, w)
}

// untagResource removes tags.
type untagResource struct {
	resourceRef
	keys []string
}

func (op *untagResource) field(name string, r reader) {
	switch name {
	case "ResourceARN":
		op.arn = got(r.text())
	case "TagKeys":
		op.keys = readTexts(r)
	default:
		r.skip()
	}
}

func (op *untagResource) check(v *violations) {
	op.resourceRef.check(v)
	checkTagKeys(v, op.keys)
}

func (op *untagResource) run(ctx context.Context, s *Server, _ writer) error {
	return s.changeTags(ctx, op.stream(), removeTags(op.keys))
}

// listTagsForResource lists all tags.
type listTagsForResource struct{ resourceRef }

func (op *listTagsForResource) field(name string, r reader) {
	if name != "ResourceARN" {
		r.skip()
		return
	}
	op.arn = got(r.text())
}

func (op *listTagsForResource) run(_ context.Context, s *Server, w writer) error {
	info, err := op.stream().find(s)
	if err != nil {
		return err
	}
	w.object()
	writeTags(w, info.Tags, slices.Sorted(maps.Keys(info.Tags)))
	w.end()
	return nil
}
