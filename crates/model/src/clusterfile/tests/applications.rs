//! What a file says of applications.

use super::*;
use crate::image::ApplicationType;

#[test]
fn what_is_said_of_applications_reaches_the_desired_state() {
    let text = format!(
        "{SOUND}{APPLICATION}  parallel: true\n  configs:\n    - name: web\n      after: [db]\n      namespace: shop\n      \
         values: {{replicas: 3, image: {{tag: \"1.0\"}}}}\n      valuesFiles: [large.yaml]\n      wait: false\n      atomic: true\n      \
         forceConflicts: true\n      minutes: 20\n    - {{name: db, after: []}}\n"
    );
    says(&text, &[]);
    let cluster = Clusterfile::read("f", &text).cluster("web:v1".parse().unwrap(), Digest::of(b""));
    assert!(cluster.site.parallel_launch);
    let web = &cluster.site.applications["web"];
    assert_eq!((web.after.clone(), web.namespace.as_deref()), (Some(vec!["db".into()]), Some("shop")));
    assert_eq!((web.wait, web.atomic, web.minutes), (Some(false), true, Some(20)));
    assert!(web.force_conflicts && !cluster.site.applications["db"].force_conflicts);
    assert_eq!(cluster.site.applications["db"].after, Some(Vec::new()));
    let values = &cluster.site.configs[0];
    assert_eq!(values.file(), format!("application/apps/web/{}", crate::launch::SITE_VALUES));
    assert_eq!(values.data, r#"{"image":{"tag":"1.0"},"replicas":3}"#);

    let read = Clusterfile::read("f", &text.replace("name: db,", "name: dbb,"));
    let kinds = [("web", ApplicationType::Kube), ("db", ApplicationType::Shell)];
    let applications = kinds.map(|(name, application_type)| Application {
        name: name.into(),
        application_type,
        ..Application::default()
    });
    let extension = Extension { applications: applications.to_vec(), ..Extension::default() };
    let told: Vec<String> =
        read.findings_with(&extension).iter().map(|it| format!("{}: {}", it.field, it.message)).collect();
    let expected = [
        "spec.configs[0].values: application web is no chart, so that this does not count",
        "spec.configs[0].valuesFiles: application web is no chart, so that this does not count",
        "spec.configs[0].atomic: application web is no chart, so that this does not count",
        "spec.configs[1].name: the image has no application dbb",
    ];
    assert_eq!(told, expected);
}
