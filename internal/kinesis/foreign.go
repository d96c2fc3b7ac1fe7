package kinesis

import (
	"fmt"
	"net/http"
)

// Media types of protocols that AWS knows and no SDK needs to speak with us.
const (
	cborContentType = "application/x-amz-cbor-1.1"
	// coralContentType is what people send who write requests by hand.
	coralContentType = "application/json"
)

// unknownFormat answers a request in a format that no codec reads.
func (x *exchange) unknownFormat(target, mediaType string) *failure {
	switch {
	case mediaType == cborContentType:
		return failf("UnsupportedOperationException", "Penstock does not read CBOR: switch the SDK to JSON. "+
			"For Java 2.x: environment CBOR_ENABLED=false or property aws.cborEnabled=false; "+
			"for Java 1.x: environment AWS_CBOR_DISABLE=true or property com.amazonaws.sdk.disableCbor=true.")
	case mediaType == coralContentType:
		return x.coral()
	case target == "":
		return noOperation()
	}
	return &failure{status: http.StatusNotFound, code: "UnknownOperationException"}
}

// coral answers a request in application/json as AWS does, which reads the body and then finds no operation.
// What to do instead is added.
func (x *exchange) coral() *failure {
	if broken := wellFormed(jsonCodec{}, x.scratch); broken != nil {
		return &failure{status: http.StatusBadRequest, code: broken.code, coral: true}
	}
	return &failure{status: http.StatusNotFound, code: "UnknownOperationException", coral: true,
		message: "Send Content-Type: " + jsonContentType + "."}
}

// coralBody is the failure in the shape that AWS answers application/json in.
func (f *failure) coralBody() []byte {
	message := ""
	if f.message != "" {
		message = fmt.Sprintf(`,"message":%q`, f.message)
	}
	return fmt.Appendf(nil, `{"Output":{"__type":"com.amazon.coral.service#%s"%s},"Version":"1.0"}`, f.code, message)
}
