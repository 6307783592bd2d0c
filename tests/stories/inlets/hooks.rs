//! What providers call.

use std::sync::Arc;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use axum::Router;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use postrider::audience::bounce;
use postrider::feedback::hook::Certificates;
use postrider::feedback::inlet;
use postrider::web::hooks;

use super::{ASHA, BEN, sent, suppressed};
use crate::support::{World, program};

const SECRET: &str = "what only the two of us know";

/// A server with the hooks alone; its address.
async fn serve(world: &World, certificates: Option<Arc<Certificates>>) -> String {
    let routes: Router = match certificates {
        None => hooks::routes(world.app.clone()).unwrap(),
        Some(certificates) => hooks::routes_with(world.app.clone(), certificates),
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}/hooks")
}

async fn post(url: &str, headers: &[(&str, &str)], body: &str) -> u16 {
    let mut request = reqwest::Client::new().post(url).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status().as_u16()
}

fn hmac(text: &str) -> String {
    let key = Key::new(HMAC_SHA256, SECRET.as_bytes());
    HEXLOWER.encode(sign(&key, text.as_bytes()).as_ref())
}

async fn with_hooks(world: &mut World, settings: &str) {
    world.configure("hook.secret", &format!("{SECRET}\n"));
    world.add_setting(settings);
    world.restart().await;
}

story!(
    a_generic_hook_is_heard_if_it_is_signed,
    async |world: &mut World| {
        with_hooks(
            world,
            "[[feedback.hook]]\nkind = \"generic\"\nname = \"ours\"\nsecret_file = \"hook.secret\"",
        )
        .await;
        sent(world).await;
        let url = serve(world, None).await;
        let body = format!(
            r#"{{"reports":[{{"id":"1","kind":"hard","recipient":"{ASHA}","status":"5.1.1"}}]}}"#
        );
        let now = world.now().as_second().to_string();
        let signature = hmac(&format!("{now}.{body}"));
        let headers = [
            ("Postrider-Timestamp", &*now),
            ("Postrider-Signature", &*signature),
        ];
        assert_eq!(post(&format!("{url}/other"), &headers, &body).await, 404);
        let url = format!("{url}/ours");
        assert_eq!(post(&url, &[], &body).await, 401);
        assert_eq!(post(&url, &headers, &body.replace(ASHA, BEN)).await, 403);
        assert_eq!(post(&url, &headers, &"x".repeat((1 << 20) + 1)).await, 413);
        let get = reqwest::get(&url).await.unwrap().status().as_u16();
        assert_eq!(get, 405);
        assert_eq!(suppressed(world).await, 0);
        for _ in 0..2 {
            assert_eq!(post(&url, &headers, &body).await, 200);
            assert_eq!(suppressed(world).await, 1);
        }
        world.later(6);
        assert_eq!(post(&url, &headers, &body).await, 403);
        inlet::write_down(&world.app).await.unwrap();
        let metrics = program::ok(world, &["status", "--metrics"]);
        assert!(
            metrics.contains("postrider_feedback_refused{way=\"hook ours\"} 4"),
            "{metrics}"
        );
        assert!(
            metrics.contains("postrider_feedback_reports{way=\"hook ours\"} 2"),
            "{metrics}"
        );
        let status = program::ok(world, &["status"]);
        let told = "Feedback by hook ours: 4 requests refused, the last at Tue 24 Nov 2026 06:36:00: it was signed too long ago";
        assert!(status.contains(told), "{status}");
        world.later(24 * 60);
        let status = program::ok(world, &["status"]);
        assert!(!status.contains("refused"), "{status}");
    }
);

story!(
    a_mailbox_full_on_several_days_counts_on_each,
    async |world: &mut World| {
        let settings = "[[feedback.hook]]\nkind = \"generic\"\nsecret_file = \"hook.secret\"";
        with_hooks(world, settings).await;
        sent(world).await;
        let url = format!("{}/generic", serve(world, None).await);
        let body =
            format!(r#"{{"reports":[{{"kind":"soft","recipient":"{ASHA}","status":"4.2.2"}}]}}"#);
        for _ in 0..3 {
            for _ in 0..2 {
                let now = world.now().as_second().to_string();
                let signature = hmac(&format!("{now}.{body}"));
                let headers = [
                    ("Postrider-Timestamp", &*now),
                    ("Postrider-Signature", &*signature),
                ];
                assert_eq!(post(&url, &headers, &body).await, 200);
                world.later(1);
            }
            world.later(2 * 24 * 60);
        }
        assert_eq!(world.number("SELECT count(*) FROM feedback").await, 3);
        let mut tx = world.app.db.begin().await.unwrap();
        let soft = bounce::soft(&mut tx, &world.app.keys.address(ASHA)).await;
        assert_eq!(soft.unwrap().unwrap().times.len(), 3);
    }
);

story!(
    a_token_of_mailguns_counts_for_one_body,
    async |world: &mut World| {
        with_hooks(
            world,
            "[[feedback.hook]]\nkind = \"mailgun\"\nsecret_file = \"hook.secret\"",
        )
        .await;
        sent(world).await;
        let url = format!("{}/mailgun", serve(world, None).await);
        let body = |address: &str, token: &str, at: i64| {
            let signature = hmac(&format!("{at}{token}"));
            format!(
                r#"{{"signature":{{"timestamp":"{at}","token":"{token}","signature":"{signature}"}},
                    "event-data":{{"event":"complained","id":"{token}","recipient":"{address}"}}}}"#
            )
        };
        let now = world.now().as_second();
        assert_eq!(post(&url, &[], &body(ASHA, "one", now)).await, 200);
        assert_eq!(suppressed(world).await, 1);
        // Mailgun tells it again, and somebody who heard that puts another address there.
        assert_eq!(post(&url, &[], &body(ASHA, "one", now)).await, 200);
        assert_eq!(post(&url, &[], &body(BEN, "one", now)).await, 403);
        world.restart().await;
        let url = format!("{}/mailgun", serve(world, None).await);
        world.later(24 * 60);
        assert_eq!(post(&url, &[], &body(BEN, "one", now)).await, 403);
        world.later(3 * 60);
        assert_eq!(
            post(&url, &[], &body(BEN, "one", now)).await,
            403,
            "it is too old"
        );
        assert_eq!(suppressed(world).await, 1);
        let now = world.now().as_second();
        assert_eq!(post(&url, &[], &body(BEN, "two", now)).await, 200);
        assert_eq!(suppressed(world).await, 2);
        assert_eq!(world.number("SELECT count(*) FROM hook_token").await, 1);
    }
);

story!(postmark_is_known_by_its_login, async |world: &mut World| {
    let settings = "[[feedback.hook]]\nkind = \"postmark\"\nusername = \"postmark\"\nsecret_file = \"hook.secret\"";
    with_hooks(world, settings).await;
    sent(world).await;
    let url = format!("{}/postmark", serve(world, None).await);
    let body =
        format!(r#"{{"RecordType":"SpamComplaint","ID":7,"Email":"{ASHA}","MessageID":"x"}}"#);
    let answer = reqwest::Client::new()
        .post(&url)
        .body(body.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    assert!(
        answer.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .starts_with("Basic ")
    );
    let login = |secret: &str| {
        let login = STANDARD.encode(format!("postmark:{secret}"));
        format!("Basic {login}")
    };
    assert_eq!(
        post(&url, &[("Authorization", &login("guess"))], &body).await,
        403
    );
    assert_eq!(suppressed(world).await, 0);
    assert_eq!(
        post(&url, &[("Authorization", &login(SECRET))], &body).await,
        200
    );
    assert_eq!(suppressed(world).await, 1);
    assert_eq!(
        post(&url, &[("Authorization", &login(SECRET))], "{").await,
        400
    );
});

story!(
    sendgrid_is_heard_by_its_key_alone,
    async |world: &mut World| {
        use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
        use aws_lc_rs::rand::SystemRandom;
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
        let made = || EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let (theirs, another) = (made(), made());
        let key: PublicKeyX509Der<'_> = theirs.public_key().as_der().unwrap();
        let key = STANDARD.encode(key.as_ref());
        let settings = format!("[[feedback.hook]]\nkind = \"sendgrid\"\npublic_key = \"{key}\"");
        with_hooks(world, &settings).await;
        sent(world).await;
        let url = format!("{}/sendgrid", serve(world, None).await);
        let signed = async |pair: &EcdsaKeyPair, age_s: i64, body: &str| {
            let at = (world.now().as_second() - age_s).to_string();
            let text = format!("{at}{body}");
            let signature = pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
            let signature = STANDARD.encode(signature.as_ref());
            let headers = [
                ("X-Twilio-Email-Event-Webhook-Timestamp", &*at),
                ("X-Twilio-Email-Event-Webhook-Signature", &*signature),
            ];
            post(&url, &headers, body).await
        };
        let body = format!(
            r#"[{{"email":"{ASHA}","event":"spamreport","sg_event_id":"one"}},
                {{"email":"{BEN}","event":"open","sg_event_id":"two"}}]"#
        );
        assert_eq!(post(&url, &[], &body).await, 401);
        assert_eq!(signed(&another, 0, &body).await, 403);
        assert_eq!(signed(&theirs, 26 * 3600, &body).await, 403);
        assert_eq!(signed(&theirs, 0, "{").await, 400);
        assert_eq!(suppressed(world).await, 0);
        for age_s in [0, 24 * 3600] {
            assert_eq!(signed(&theirs, age_s, &body).await, 200);
            assert_eq!(suppressed(world).await, 1);
        }
        assert_eq!(world.state_of(ASHA, "morning").await, "complained");
        inlet::write_down(&world.app).await.unwrap();
        let metrics = program::ok(world, &["status", "--metrics"]);
        for line in [
            "postrider_feedback_refused{way=\"hook sendgrid\"} 4",
            "postrider_feedback_reports{way=\"hook sendgrid\"} 2",
        ] {
            assert!(metrics.contains(line), "{line} in {metrics}");
        }
    }
);

story!(
    ses_is_heard_by_the_certificate_of_amazon_alone,
    async |world: &mut World| {
        use aws_lc_rs::rand::SystemRandom;
        use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
        const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:bounces";
        const URL: &str = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem";
        with_hooks(
            world,
            &format!("[[feedback.hook]]\nkind = \"ses\"\ntopics = [\"{TOPIC}\"]"),
        )
        .await;
        sent(world).await;
        let pem = crate::support::keys::rsa();
        let pair = rcgen::KeyPair::from_pem_and_sign_algo(pem, &rcgen::PKCS_RSA_SHA256).unwrap();
        let signer = RsaKeyPair::from_pkcs8(&pair.serialize_der()).unwrap();
        let parameters = rcgen::CertificateParams::new(["sns.amazonaws.com".to_owned()]).unwrap();
        let certificate = parameters.self_signed(&pair).unwrap();
        let certificates = Arc::new(Certificates::new().unwrap());
        assert!(certificates.know(
            &URL.parse().unwrap(),
            certificate.pem().as_bytes(),
            world.now()
        ));
        let url = format!("{}/ses", serve(world, Some(certificates)).await);
        let said = serde_json::json!({
            "notificationType": "Bounce",
            "mail": { "source": "tide@courier.example", "messageId": "x" },
            "bounce": { "bounceType": "Permanent", "bounceSubType": "General", "feedbackId": "f",
                        "bouncedRecipients": [{ "emailAddress": ASHA, "status": "5.1.1" }] },
        })
        .to_string();
        let message = |topic: &str, at: &str, from: &str| {
            let text = format!(
                "Message\n{said}\nMessageId\nm\nTimestamp\n{at}\nTopicArn\n{topic}\nType\nNotification\n"
            );
            let mut signature = vec![0; signer.public_modulus_len()];
            signer
                .sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    text.as_bytes(),
                    &mut signature,
                )
                .unwrap();
            serde_json::json!({ "Type": "Notification", "MessageId": "m", "TopicArn": topic, "Message": said,
                "Timestamp": at, "SignatureVersion": "2", "SigningCertURL": from, "Signature": STANDARD.encode(signature) })
            .to_string()
        };
        let at = "2026-11-24T06:29:00.000Z";
        for (topic, at, from) in [
            ("arn:aws:sns:eu-west-1:666666666666:bounces", at, URL),
            (TOPIC, "2026-11-22T06:29:00.000Z", URL),
            (
                TOPIC,
                at,
                "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
            ),
            (TOPIC, at, "http://sns.eu-west-1.amazonaws.com/x.pem"),
        ] {
            assert_eq!(
                post(&url, &[], &message(topic, at, from)).await,
                403,
                "{topic} {at} {from}"
            );
        }
        let changed = message(TOPIC, at, URL).replace("asha@", "ben@");
        assert_eq!(post(&url, &[], &changed).await, 403);
        assert_eq!(suppressed(world).await, 0);
        for _ in 0..2 {
            assert_eq!(post(&url, &[], &message(TOPIC, at, URL)).await, 200);
            assert_eq!(suppressed(world).await, 1);
        }
    }
);
