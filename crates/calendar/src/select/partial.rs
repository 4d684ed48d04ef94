//! Components and properties by name (RFC 4791 §9.6.1 to §9.6.4).

use super::{CompSelection, Selection};
use crate::source::Component;

/// Leaves of a component what is selected. The component itself has been found by its name.
pub(super) fn retain(component: &mut Component, selection: &CompSelection) {
    if let Selection::Named(props) = &selection.props {
        component.retain_properties(|p| props.iter().any(|prop| p.is(&prop.name)));
        for property in component.properties_mut() {
            // RFC 4791 §9.6.4: the name, the parameters and a colon.
            if props.iter().any(|prop| prop.novalue && property.is(&prop.name)) {
                property.set_value("");
            }
        }
    }
    if let Selection::Named(comps) = &selection.comps {
        component.retain_components(|c| comps.iter().any(|comp| c.name() == comp.name));
        for inner in component.components_mut() {
            if let Some(comp) = comps.iter().find(|comp| inner.name() == comp.name) {
                retain(inner, comp);
            }
        }
    }
}
