//! Prepares the catalog of scenarios for the page: each without its claims, which are for the tests, and without white
//! space. That is most of their weight. What needs a feature that this program is built without is listed, and no more.

use std::path::Path;
use std::{env, error, fs};

use serde_json::Value;

fn main() -> Result<(), Box<dyn error::Error>> {
    println!("cargo::rerun-if-changed=assets");
    let mut entries = String::new();
    for group in read("assets/catalog.json")?.as_array().ok_or("assets/catalog.json: not a list")? {
        let system = &group["system"];
        let feature = group["feature"].as_str();
        let is_here = feature.is_none_or(|feature| env::var_os(variable(feature)).is_some());
        for name in group["scenarios"].as_array().ok_or("assets/catalog.json: a system without scenarios")? {
            let name = name.as_str().ok_or("assets/catalog.json: a name that is no text")?;
            let mut scenario = read(&format!("assets/scenarios/{name}.json"))?;
            let fields = scenario.as_object_mut().ok_or(format!("{name}: not an object"))?;
            fields.remove("claims");
            if env::var_os(variable("systems")).is_none() {
                fields.remove("try");
            }
            let title = &scenario["title"];
            let text = if is_here { scenario.to_string() } else { String::new() };
            entries += &format!(
                "Entry {{ name: {name:?}, title: {title}, system: {system}, text: {text:?}, is_here: {is_here} }},\n"
            );
        }
    }
    let target = Path::new(&env::var("OUT_DIR")?).join("catalog.rs");
    Ok(fs::write(target, format!("&[\n{entries}]\n"))?)
}

fn read(path: &str) -> Result<Value, Box<dyn error::Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    Ok(serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?)
}

/// How cargo says that a feature is on.
fn variable(feature: &str) -> String {
    format!("CARGO_FEATURE_{}", feature.to_uppercase().replace('-', "_"))
}
