package double

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/penstock/penstock/internal/snowflake"
)

// Serve answers the requests of AWS's SDK about IAM and the bucket, and returns where. Refusal, if it is set, is the status
// of every request about the bucket.
func (c *Cloud) Serve(t testing.TB) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPost {
			c.iam(w, req)
		} else {
			c.s3(w, req)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func refused(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>refused</Message></Error>", code)
}

func (c *Cloud) iam(w http.ResponseWriter, req *http.Request) {
	ctx, action := context.Background(), req.FormValue("Action")
	name, policy := req.FormValue("RoleName"), req.FormValue("PolicyName")
	body, err := "", error(nil)
	none := func() {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>none</Message></Error></ErrorResponse>")
	}
	switch action {
	case "GetRole":
		role, _ := c.Role(ctx, name)
		if role == nil {
			none()
			return
		}
		body = fmt.Sprintf("<Role><Arn>%s</Arn><Description>%s</Description><AssumeRolePolicyDocument>%s</AssumeRolePolicyDocument></Role>", role.ARN, role.Description, url.PathEscape(role.Trust))
	case "GetRolePolicy":
		text, _ := c.RolePolicy(ctx, name, policy)
		if text == "" {
			none()
			return
		}
		body = fmt.Sprintf("<RoleName>%s</RoleName><PolicyName>%s</PolicyName><PolicyDocument>%s</PolicyDocument>", name, policy, url.PathEscape(text))
	case "CreateRole":
		err = c.CreateRole(ctx, name, req.FormValue("Description"), req.FormValue("AssumeRolePolicyDocument"))
		body = "<Role></Role>"
	case "PutRolePolicy":
		err = c.SetRolePolicy(ctx, name, policy, req.FormValue("PolicyDocument"))
	case "UpdateAssumeRolePolicy":
		err = c.SetTrust(ctx, name, req.FormValue("PolicyDocument"))
	default:
		err = fmt.Errorf("the double does not know %s", action)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintf(w, "<%sResponse><%sResult>%s</%sResult></%sResponse>", action, action, body, action, action)
}

// notificationXML is a bucket's notification configuration, as far as queues go. (Amazon S3, NotificationConfiguration.)
type notificationXML struct {
	XMLName xml.Name `xml:"NotificationConfiguration"`
	Queues  []struct {
		ID     string   `xml:"Id"`
		Queue  string   `xml:"Queue"`
		Events []string `xml:"Event"`
		Rules  []struct {
			Name  string `xml:"Name"`
			Value string `xml:"Value"`
		} `xml:"Filter>S3Key>FilterRule"`
	} `xml:"QueueConfiguration"`
}

func (c *Cloud) s3(w http.ResponseWriter, req *http.Request) {
	ctx, query := context.Background(), req.URL.Query()
	region, _ := c.Region(ctx, "")
	w.Header().Set("X-Amz-Bucket-Region", region)
	switch {
	case c.Refusal != 0:
		refused(w, c.Refusal, map[int]string{http.StatusForbidden: "AccessDenied", http.StatusNotFound: "NoSuchBucket"}[c.Refusal])
	case req.Method == http.MethodHead:
	case query.Has("encryption"):
		refused(w, http.StatusNotFound, "ServerSideEncryptionConfigurationNotFoundError")
	case query.Has("policy"):
		if text, _ := c.Policy(ctx, ""); text != "" {
			fmt.Fprint(w, text)
			return
		}
		refused(w, http.StatusNotFound, "NoSuchBucketPolicy")
	case query.Has("notification") && req.Method == http.MethodGet:
		c.writeNotifications(w)
	case query.Has("notification"):
		text, err := io.ReadAll(io.LimitReader(req.Body, 1<<20))
		if err != nil || c.readNotifications(text) != nil {
			refused(w, http.StatusBadRequest, "MalformedXML")
		}
	default:
		refused(w, http.StatusNotImplemented, "NotImplemented")
	}
}

func (c *Cloud) writeNotifications(w http.ResponseWriter) {
	all, _ := c.Notifications(context.Background(), "")
	fmt.Fprint(w, "<NotificationConfiguration>")
	for _, q := range all.Queues {
		fmt.Fprintf(w, "<QueueConfiguration><Id>%s</Id><Queue>%s</Queue><Filter><S3Key><FilterRule><Name>prefix</Name><Value>%s</Value></FilterRule></S3Key></Filter>", q.ID, q.Queue, q.Prefix)
		for _, e := range q.Events {
			fmt.Fprintf(w, "<Event>%s</Event>", e)
		}
		fmt.Fprint(w, "</QueueConfiguration>")
	}
	fmt.Fprint(w, "</NotificationConfiguration>")
}

func (c *Cloud) readNotifications(text []byte) error {
	var put notificationXML
	if err := xml.Unmarshal(text, &put); err != nil {
		return err
	}
	all := snowflake.Notifications{}
	for _, q := range put.Queues {
		n := snowflake.QueueNotification{ID: q.ID, Queue: q.Queue, Events: q.Events}
		for _, r := range q.Rules {
			n.Prefix = r.Value
		}
		all.Queues = append(all.Queues, n)
	}
	return c.SetNotifications(context.Background(), "", all)
}
