package kinesis

// jsonContentType is the media type of AWS's JSON 1.1 protocol.
const jsonContentType = "application/x-amz-json-1.1"

// jsonCodec is the JSON 1.1 format: blobs are base64, timestamps are seconds with a fraction.
type jsonCodec struct{}

func (jsonCodec) contentType() string { return jsonContentType }

func (jsonCodec) reader(body, arena []byte) reader {
	return &jsonReader{buf: body, arena: arena[:0]}
}

func (jsonCodec) writer(buf []byte) writer { return &jsonWriter{buf: buf} }
