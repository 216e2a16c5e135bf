// Speaks to fobd through a Varlink library that is not ours, and parses its interface files with that
// library's parser.
//
//	varlink-go SOCKET INTERFACES_DIR RP_ID USER
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"time"

	"github.com/varlink/go/varlink"
	"github.com/varlink/go/varlink/idl"
)

var failures int

func check(good bool, format string, more ...interface{}) {
	verdict := "ok  "
	if !good {
		verdict = "FAIL"
		failures++
	}
	fmt.Printf("%s %s\n", verdict, fmt.Sprintf(format, more...))
}

func connect(ctx context.Context, socket string) *varlink.Connection {
	connection, err := varlink.NewConnection(ctx, "unix:"+socket)
	if err != nil {
		fmt.Println("FAIL connect:", err)
		os.Exit(1)
	}
	return connection
}

// The public interfaces: all files but the worker's, which is not served.
func interfaceFiles(folder string) map[string]string {
	files := map[string]string{}
	paths, _ := filepath.Glob(filepath.Join(folder, "*.varlink"))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		name := strings.TrimSuffix(filepath.Base(path), ".varlink")
		if err == nil && name != "org.fobd.Worker" && name != "org.fobd.Password" {
			files[name] = string(text)
		}
	}
	return files
}

var capitalValue = regexp.MustCompile(`(\(|, )([A-Z][A-Za-z0-9]*)(,|\))`)

// This release of the library predates capitals in interface names and enum values, which Varlink has since
// allowed; everything else it shall parse as it stands.
func withoutCapitals(text, name string) string {
	text = strings.Replace(text, "interface "+name, "interface "+strings.ToLower(name), 1)
	for capitalValue.MatchString(text) {
		text = capitalValue.ReplaceAllStringFunc(text, strings.ToLower)
	}
	return text
}

func introspection(ctx context.Context, connection *varlink.Connection, files map[string]string) {
	var vendor, product, version, url string
	var names []string
	err := connection.GetInfo(ctx, &vendor, &product, &version, &url, &names)
	check(err == nil && vendor != "" && product != "" && version != "", "GetInfo: %s %s %s (%v)", vendor, product, version, err)
	var expected []string
	for name := range files {
		expected = append(expected, name)
	}
	sort.Strings(expected)
	sort.Strings(names)
	check(fmt.Sprint(names) == fmt.Sprint(expected), "serves %v", names)
	for _, name := range names {
		text, err := connection.GetInterfaceDescription(ctx, name)
		check(err == nil && text == files[name], "GetInterfaceDescription(%s) is the file (%v)", name, err)
		parsed, err := idl.New(withoutCapitals(text, name))
		check(err == nil && parsed.Name == strings.ToLower(name) && len(parsed.Methods) > 0, "%s parses (%v)", name, err)
	}
}

func answers(ctx context.Context, connection *varlink.Connection, rpID string) {
	var status struct {
		Status struct {
			RpID  string `json:"rp_id"`
			Store string `json:"store"`
			Pid   int    `json:"pid"`
		} `json:"status"`
	}
	err := connection.Call(ctx, "org.fobd.Admin.Status", nil, &status)
	check(err == nil && status.Status.RpID == rpID && status.Status.Store == "writable" && status.Status.Pid > 0,
		"Admin.Status: %+v (%v)", status.Status, err)

	var keys struct {
		Jwks struct {
			Keys []map[string]string `json:"keys"`
		} `json:"jwks"`
	}
	err = connection.Call(ctx, "org.fobd.Token.Jwks", map[string]string{}, &keys)
	check(err == nil && len(keys.Jwks.Keys) > 0, "Token.Jwks: %d keys (%v)", len(keys.Jwks.Keys), err)
	for _, key := range keys.Jwks.Keys {
		_, private := key["d"]
		check(key["kty"] == "EC" && key["alg"] == "ES256" && key["kid"] != "" && !private, "Jwks: %s is a public ES256 key", key["kid"])
	}
}

// Enrolment with no key plugged in streams "insert"; hanging up cancels it.
func stream(ctx context.Context, socket, user string) {
	connection := connect(ctx, socket)
	defer connection.Close()
	receive, err := connection.Send(ctx, "org.fobd.Enrol.EnrolKey",
		map[string]interface{}{"user": user, "name": "interop", "timeout_ms": 20000}, varlink.More)
	if err != nil {
		check(false, "Enrol.EnrolKey with more: %v", err)
		return
	}
	var reply struct {
		Info *struct {
			Kind    string `json:"kind"`
			Message string `json:"message"`
		} `json:"info"`
	}
	flags, err := receive(ctx, &reply)
	check(err == nil && flags&varlink.Continues != 0 && reply.Info != nil && reply.Info.Kind == "insert",
		"Enrol.EnrolKey streams: %+v, continues %v (%v)", reply.Info, flags&varlink.Continues != 0, err)
}

func refusals(ctx context.Context, connection *varlink.Connection) {
	errorOf := func(method string, parameters interface{}) string {
		var nothing json.RawMessage
		switch err := connection.Call(ctx, method, parameters, &nothing).(type) {
		case nil:
			return "no error"
		case *varlink.InterfaceNotFound:
			return "InterfaceNotFound " + err.Interface
		case *varlink.MethodNotFound:
			return "MethodNotFound " + err.Method
		case *varlink.InvalidParameter:
			return "InvalidParameter " + err.Parameter
		case *varlink.Error:
			return err.Name
		default:
			return err.Error()
		}
	}
	expect := func(expected, method string, parameters interface{}) {
		got := errorOf(method, parameters)
		check(got == expected, "%s: %s", method, got)
	}
	expect("MethodNotFound org.fobd.Login.Dance", "org.fobd.Login.Dance", nil)
	expect("InterfaceNotFound org.example.none", "org.example.none.Method", nil)
	expect("InvalidParameter colour", "org.fobd.Login.List", map[string]string{"colour": "blue"})
	expect("InvalidParameter all", "org.fobd.Login.List", map[string]string{"all": "yes"})
	expect("org.varlink.service.ExpectedMore", "org.fobd.Login.Begin", map[string]string{"user": "a", "service": "b"})
	expect("org.fobd.Login.NotFound", "org.fobd.Login.End", map[string]string{"login": "login_none"})
	check(errorOf("org.fobd.Token.Exchange", map[string]string{"client_id": "none", "client_secret": "none", "ticket": "none"}) !=
		"no error", "org.fobd.Token.Exchange of an unknown client is refused")
}

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: varlink-go SOCKET INTERFACES_DIR RP_ID USER")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	connection := connect(ctx, os.Args[1])
	introspection(ctx, connection, interfaceFiles(os.Args[2]))
	answers(ctx, connection, os.Args[3])
	stream(ctx, os.Args[1], os.Args[4])
	refusals(ctx, connection)
	connection.Close()
	if failures > 0 {
		fmt.Printf("%d failures\n", failures)
		os.Exit(1)
	}
}
