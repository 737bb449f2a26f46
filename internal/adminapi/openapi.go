package adminapi

import (
	"encoding/json"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// document returns the OpenAPI document.
func (a *api) document() ([]byte, error) {
	s := newSchemas()
	paths := schema{}
	for i := range a.operations {
		op := &a.operations[i]
		item, ok := paths["/"+op.path].(schema)
		if !ok {
			item = schema{}
			paths["/"+op.path] = item
		}
		item[strings.ToLower(op.method)] = s.operation(op)
	}
	s.named(reflect.TypeFor[Problem](), false)
	scopes := schema{}
	for _, info := range oauth.AdminScopeInfos() {
		scopes[info.Name] = info.Description
	}
	return json.MarshalIndent(schema{
		"openapi": "3.1.0",
		"info": schema{
			"title": "Latchkey admin API", "version": "1",
			"description": "Everything that administrators can do in the back office. A request needs an access token that is only for this API: request it with the parameter resource=" + a.URI + " and a scope.",
		},
		"servers":  []schema{{"url": a.URI}},
		"security": []schema{{"oauth2": []string{}}},
		"paths":    paths,
		"components": schema{
			"schemas": s.components,
			"securitySchemes": schema{"oauth2": schema{"type": "oauth2", "flows": schema{
				"clientCredentials": schema{"tokenUrl": a.Issuer + "/token/", "scopes": scopes},
				"authorizationCode": schema{"authorizationUrl": a.Issuer + "/authorize/", "tokenUrl": a.Issuer + "/token/", "scopes": scopes},
			}}},
		},
	}, "", " ")
}

// wildcard matches a wildcard of a path.
var wildcard = regexp.MustCompile(`\{(\w+)\}`)

// operation returns the Operation Object of an operation.
func (s *schemas) operation(op *operation) schema {
	description := strings.TrimSpace("Permission: " + string(op.permission) + ". " + op.explained())
	o := schema{
		"operationId": op.id(), "tags": []string{op.tag}, "summary": upper(op.summary), "description": description,
		"security": s.security(op), "responses": s.responses(op),
	}
	if parameters := s.parameters(op); len(parameters) > 0 {
		o["parameters"] = parameters
	}
	if op.in != nil {
		body := s.of(op.in, true)
		o["requestBody"] = schema{"content": schema{"application/json": schema{"schema": body}}}
	}
	return o
}

// id returns the operationId, such as getApplicationsId.
func (op *operation) id() string {
	name := strings.ToLower(op.method)
	for part := range strings.FieldsFuncSeq(op.path, func(r rune) bool { return strings.ContainsRune("/{}-", r) }) {
		name += upper(part)
	}
	return name
}

// security lists the scopes, of which one is enough.
func (s *schemas) security(op *operation) (all []schema) {
	for _, scope := range scopesOf(op.permission) {
		all = append(all, schema{"oauth2": []string{scope}})
	}
	return all
}

func (s *schemas) parameters(op *operation) (all []schema) {
	for _, name := range wildcard.FindAllStringSubmatch(op.path, -1) {
		of := schema{"type": "string"}
		if name[1] == "kind" {
			of["enum"] = requestKinds
		}
		all = append(all, schema{"name": name[1], "in": "path", "required": true, "schema": of})
	}
	for _, p := range op.query {
		of := schema{"type": "string"}
		if p.kind == "integer" {
			of = schema{"type": "integer", "minimum": 1, "maximum": maxLimit, "default": defaultLimit}
		}
		if p.values != nil {
			of["enum"] = p.values
		}
		all = append(all, schema{"name": p.name, "in": "query", "description": p.help, "schema": of})
	}
	if op.conditional || op.versionable {
		all = append(all, schema{"name": "If-Match", "in": "header", "required": op.conditional, "description": "The ETag of the object as you read it, or * for any version.", "schema": schema{"type": "string"}})
	}
	if op.method == http.MethodPost {
		all = append(all, schema{"name": "Idempotency-Key", "in": "header", "description": "A text of your own for this request, such as a UUID. If the same request is sent again with it within 24 hours, it is not carried out again, and the response is the same.", "schema": schema{"type": "string", "maxLength": maxOnceKey}})
	}
	return all
}

// responses returns all responses that an operation can have.
func (s *schemas) responses(op *operation) schema {
	success := schema{"description": http.StatusText(op.status)}
	if op.out != nil {
		success["content"] = schema{"application/json": schema{"schema": s.of(op.out, false)}}
	}
	headers := schema{}
	if op.versioned {
		headers["ETag"] = schema{"description": "The version, for If-Match.", "schema": schema{"type": "string"}}
	}
	if op.status == http.StatusCreated {
		headers["Location"] = schema{"description": "The address of what was added, if it has one.", "schema": schema{"type": "string"}}
	}
	if len(headers) > 0 {
		success["headers"] = headers
	}
	all := schema{strconv.Itoa(op.status): success}
	for status, text := range op.problems() {
		all[strconv.Itoa(status)] = schema{"description": text, "content": schema{"application/problem+json": schema{"schema": schema{"$ref": "#/components/schemas/Problem"}}}}
	}
	return all
}

// problems returns the errors of an operation.
func (op *operation) problems() map[int]string {
	all := map[int]string{
		http.StatusBadRequest:      "The request is malformed.",
		http.StatusUnauthorized:    "The access token is missing, not valid, or not for this API.",
		http.StatusForbidden:       "The token does not have the scope, or the caller does not have the permission.",
		http.StatusTooManyRequests: "Too many requests.", http.StatusInternalServerError: "An error of the server.", http.StatusServiceUnavailable: "The database of the server is unavailable.",
	}
	if op.finds || strings.Contains(op.path, "{") {
		all[http.StatusNotFound] = "It does not exist."
	}
	if op.in != nil {
		all[http.StatusRequestEntityTooLarge], all[http.StatusUnsupportedMediaType] = "The body is too long.", "The body is not JSON."
		all[http.StatusConflict] = "The state of the object does not allow it, or it exists already."
	}
	if op.in != nil || len(op.query) > 0 {
		all[http.StatusUnprocessableEntity] = "Values are not valid; errors lists them."
	}
	if op.act != "" && op.in == nil {
		all[http.StatusConflict] = "The state of the object does not allow it."
		all[http.StatusRequestEntityTooLarge], all[http.StatusUnsupportedMediaType] = "The body is too long.", "The body is not JSON."
		all[http.StatusUnprocessableEntity] = "Values are not valid; errors lists them."
	}
	if op.conditional {
		all[http.StatusPreconditionRequired] = "If-Match is missing."
	}
	if op.conditional || op.versionable {
		all[http.StatusPreconditionFailed] = "It was changed in the meantime."
	}
	return all
}
