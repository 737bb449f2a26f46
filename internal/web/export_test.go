package web

// FieldOrder is the order of the fields in every form.
var FieldOrder = fieldOrder
