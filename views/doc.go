// Package views holds what a person sees: one file of values and one template
// for each page. A page takes one struct whose fields are ready to print;
// nothing is fetched, decided or formatted here that a handler could know.
// What two pages share is in parts.
//
// Each page is a component that takes its struct (Home(HomePage), Plan(PlanPage)
// …). Components that answer an htmx request alone are named after what they
// show and stand beside their page.
package views
