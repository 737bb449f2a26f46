// Package adminapi serves the admin API: everything that the back office can do, as JSON. A
// request is authorized by an access token of this server that is only for this API, and by
// the role of the person or the application. It accepts no cookies.
//
// Each operation is declared once: its route, its permission, the types of its request and
// its response, and its help. The mux, the checks, the OpenAPI document, the reference page and
// the test that calls every operation as every role follow from that.
package adminapi
