//! The routes that answer people, read from the server's own text.

/// The routes, as the server configures them.
const ROUTES: &str = include_str!("../../src/http/routes.rs");

/// Paths that only programs ask for, by their beginning.
const OF_PROGRAMS: [&str; 5] = ["/v1/", "/healthz", "/readyz", "/metrics", "/link/client-metadata.json"];

/// Methods and path of every route: `only("GET, HEAD, POST", ...)` with the path itself, or with the variable that has it.
fn routes(text: &str) -> Vec<(String, String)> {
    let path_in = |part: &str| {
        let start = ["read(\"/", "post(\"/"].iter().filter_map(|call| part.find(call)).min()?;
        part.get(start + 6..)?.split('"').next().map(str::to_owned)
    };
    let path_of = |name: &str| {
        let given = text.split(&format!("let {name} =")).nth(1)?;
        path_in(given.split(';').next()?)
    };
    let mut found = Vec::new();
    for call in text.split("only(").skip(1) {
        let Some((methods, rest)) = call.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'))
        else {
            continue;
        };
        let rest = rest.trim_start_matches([',', ' ', '\n']);
        let name: String = rest.chars().take_while(|ch| ch.is_ascii_lowercase() || *ch == '_').collect();
        let inline = rest.get(name.len()..).is_some_and(|rest| rest.starts_with('('));
        let path = if inline { path_in(rest) } else { path_of(&name) };
        let path = path.unwrap_or_else(|| panic!("the path of a route is not found: {rest:.60}"));
        let methods = methods.split(", ").filter(|method| ["GET", "POST"].contains(method));
        found.extend(methods.map(|method| (method.to_owned(), path.clone())));
    }
    found
}

/// Whether people ask for a path, and get pages.
fn is_of_people(path: &str) -> bool {
    !OF_PROGRAMS.iter().any(|of_programs| path.starts_with(of_programs))
}

/// Whether a path has the form of a route's.
pub(crate) fn has_form(path: &str, form: &str) -> bool {
    let (path, form): (Vec<_>, Vec<_>) = (path.split('/').collect(), form.split('/').collect());
    let fits = |(part, wanted): (&&str, &&str)| wanted.starts_with('{') || part == wanted;
    path.len() == form.len() && path.iter().zip(&form).all(fits)
}

/// Method and path of every route that answers people, in the order in which the server tries them.
pub(crate) fn page_routes() -> Vec<(String, String)> {
    let routes: Vec<_> = routes(ROUTES).into_iter().filter(|(_, path)| is_of_people(path)).collect();
    assert!(routes.len() > 20, "the routes are not read any more: {routes:?}");
    routes
}

#[test]
fn routes_are_read_as_they_are_written() {
    let text = "let twin = read(\"/a/{b}\", x::y);\nlet twin = twin.route(web::post().to(x::z));\n\
                .service(only(\"GET, HEAD\", read(\"/c\", x::y)))\n.service(only(\"GET, HEAD, POST\", twin))\n\
                .service(only(\n\"POST\",\npost(\"/v1/d\", x::y),\n))";
    let expected = [("GET", "/c"), ("GET", "/a/{b}"), ("POST", "/a/{b}"), ("POST", "/v1/d")];
    let expected = expected.map(|(method, path)| (method.to_owned(), path.to_owned()));
    assert_eq!(routes(text), expected);
    assert!(is_of_people("/me") && !is_of_people("/v1/d"));
    assert!(has_form("/a/1", "/a/{b}") && !has_form("/a", "/a/{b}") && !has_form("/b/1", "/a/{b}"));
}
