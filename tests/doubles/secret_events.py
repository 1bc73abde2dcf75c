"""The kinds of events that are known to carry secrets, and where SECRET stands in their requests and responses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.doubles.alerts import a_record

SECRET = "Sup3r-geheim-0815"  # of no shape by which it could be known: only names and places tell
_CREDENTIALS = {"accessKeyId": "ASIAEXAMPLE", "secretAccessKey": SECRET, "sessionToken": SECRET}
_VARIABLES = {"variables": {"STRIPE": SECRET, "stage": SECRET}}
_PAIRS = [{"name": "STRIPE", "value": SECRET}]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretEvent:
    """One of them. `shows` still has to be there when everything secret is masked."""

    source: str
    name: str
    request: Any = None
    response: Any = None
    shows: str = ""

    @property
    def record(self) -> dict[str, Any]:
        """As CloudTrail writes it."""
        return a_record(
            eventSource=f"{self.source}.amazonaws.com",
            eventName=self.name,
            requestParameters=self.request,
            responseElements=self.response,
            eventID=f"{self.source}-{self.name}",
        )


def _of(source: str, **events: Any) -> Iterator[SecretEvent]:
    """What stands under a name is the request, or (request, response)."""
    for name, told in events.items():
        request, response = told if isinstance(told, tuple) else (told, None)
        yield SecretEvent(source=source, name=name, request=request, response=response)


def _identities() -> Iterator[SecretEvent]:
    yield SecretEvent(
        source="iam",
        name="CreateAccessKey",
        request={"userName": "bob"},
        response={"accessKey": {"accessKeyId": "AKIAI44QH8DHBEXAMPLE", "secretAccessKey": SECRET, "status": "Active"}},
        shows="AKIAI44QH8DHBEXAMPLE",
    )
    yield SecretEvent(
        source="iam",
        name="CreateLoginProfile",
        request={"userName": "bob", "password": SECRET, "passwordResetRequired": True},
        shows='"passwordResetRequired":true',
    )
    yield from _of(
        "iam",
        UpdateLoginProfile={"userName": "bob", "password": SECRET},
        ChangePassword={"oldPassword": SECRET, "newPassword": SECRET},
        CreateServiceSpecificCredential=(
            {"userName": "bob", "serviceName": "codecommit.amazonaws.com"},
            {"serviceSpecificCredential": {"serviceUserName": "bob-at-1", "servicePassword": SECRET}},
        ),
        ResetServiceSpecificCredential=(
            {"serviceSpecificCredentialId": "ACCAEXAMPLE"},
            {"serviceSpecificCredential": {"servicePassword": SECRET, "serviceCredentialSecret": SECRET}},
        ),
        CreateVirtualMFADevice=(
            {"virtualMFADeviceName": "bob"},
            {"virtualMFADevice": {"serialNumber": "arn:x", "base32StringSeed": SECRET, "qRCodePNG": SECRET}},
        ),
        EnableMFADevice={"userName": "bob", "authenticationCode1": SECRET, "authenticationCode2": SECRET},
        UploadServerCertificate={"serverCertificateName": "web", "privateKey": SECRET},
    )
    yield from _of(
        "sts",
        GetSessionToken=(None, {"credentials": _CREDENTIALS}),
        AssumeRole=({"roleArn": "arn:x", "externalId": "x", "tokenCode": SECRET}, {"credentials": _CREDENTIALS}),
        GetFederationToken=({"name": "bob"}, {"credentials": _CREDENTIALS}),
        AssumeRoleWithSAML=({"sAMLAssertion": SECRET}, {"credentials": _CREDENTIALS}),
        AssumeRoleWithWebIdentity=({"webIdentityToken": SECRET}, {"credentials": _CREDENTIALS}),
        AssumeRoot=(None, {"credentials": _CREDENTIALS}),
        GetWebIdentityToken=(None, {"webIdentityToken": SECRET}),
    )
    yield from _of("signin", GetSigninToken=(None, {"SigninToken": SECRET}))
    yield from _of(
        "sso",
        GetRoleCredentials=(None, {"roleCredentials": _CREDENTIALS}),
        CreateToken=({"clientSecret": SECRET, "deviceCode": SECRET}, {"accessToken": SECRET, "refreshToken": SECRET}),
        RegisterClient=(None, {"clientId": "x", "clientSecret": SECRET}),
    )
    yield from _of(
        "cognito-idp",
        AdminCreateUser={"username": "bob", "temporaryPassword": SECRET},
        AdminSetUserPassword={"username": "bob", "password": SECRET},
        InitiateAuth=(
            {"authFlow": "USER_PASSWORD_AUTH", "authParameters": {"USERNAME": "bob", "PASSWORD": SECRET}},
            {"authenticationResult": {"accessToken": SECRET, "idToken": SECRET, "refreshToken": SECRET}},
        ),
        ConfirmForgotPassword={"confirmationCode": SECRET, "password": SECRET},
        CreateUserPoolClient=(None, {"userPoolClient": {"clientId": "x", "clientSecret": SECRET}}),
        CreateIdentityProvider={"providerDetails": {"client_id": "x", "client_secret": SECRET}},
    )
    yield from _of("cognito-identity", GetCredentialsForIdentity=(None, {"credentials": {"secretKey": SECRET}}))


def _stores() -> Iterator[SecretEvent]:
    yield from _of(
        "secretsmanager",
        CreateSecret={"name": "prod/db", "secretString": SECRET, "secretBinary": SECRET},
        PutSecretValue={"secretId": "prod/db", "secretString": SECRET},
        UpdateSecret={"secretId": "prod/db", "secretString": SECRET},
        GetSecretValue=({"secretId": "prod/db"}, {"aRN": "arn:x", "secretString": SECRET}),
        BatchGetSecretValue=(None, {"secretValues": [{"name": "prod/db", "secretString": SECRET}]}),
        GetRandomPassword=(None, {"randomPassword": SECRET}),
    )
    yield from _of(
        "ssm",
        PutParameter={"name": "/prod/db", "type": "SecureString", "value": SECRET},
        GetParameter=({"name": "/prod/db"}, {"parameter": {"type": "SecureString", "value": SECRET}}),
        CreateActivation=(None, {"activationId": "x", "activationCode": SECRET}),
        StartSession=(None, {"sessionId": "x", "tokenValue": SECRET}),
    )
    yield from _of(
        "kms",
        Decrypt=(None, {"plaintext": SECRET}),
        GenerateDataKey=({"keyId": "x"}, {"plaintext": SECRET}),
        ImportKeyMaterial={"keyId": "x", "encryptedKeyMaterial": SECRET, "importToken": SECRET},
    )
    yield from _of(
        "acm",
        ImportCertificate={"certificate": "x", "privateKey": SECRET},
        ExportCertificate=({"passphrase": SECRET}, {"privateKey": SECRET}),
    )
    headers = {"x-amz-server-side-encryption-customer-key": SECRET}
    signed = {"X-Amz-Signature": SECRET, "X-Amz-Security-Token": SECRET, "key": "x"}
    yield from _of("s3", PutObject={"bucketName": "b", **headers}, GetObject={"bucketName": "b", **signed})


def _machines() -> Iterator[SecretEvent]:
    yield from _of(
        "ec2",
        RunInstances=({"userData": SECRET, "instanceType": "t3.micro"}, None),
        RequestSpotInstances={"launchSpecification": {"userData": SECRET}},
        CreateLaunchTemplate={"CreateLaunchTemplateRequest": {"LaunchTemplateData": {"UserData": SECRET}}},
        ModifyInstanceAttribute={"instanceId": "i-1", "userData": {"value": SECRET}},
        DescribeInstanceAttribute=(None, {"userData": {"value": SECRET}}),
        CreateKeyPair=({"keyName": "k"}, {"keyName": "k", "keyMaterial": SECRET}),
        GetPasswordData=(None, {"passwordData": SECRET}),
        CreateVpnConnection=(
            {"options": {"tunnelOptions": [{"preSharedKey": SECRET}]}},
            {"vpnConnection": {"customerGatewayConfiguration": f"<x><pre_shared_key>{SECRET}</pre_shared_key></x>"}},
        ),
    )
    yield from _of("autoscaling", CreateLaunchConfiguration={"launchConfigurationName": "x", "userData": SECRET})
    yield from _of(
        "lightsail",
        CreateInstances={"instanceNames": ["x"], "userData": SECRET},
        GetInstanceAccessDetails=(None, {"accessDetails": {"password": SECRET, "privateKey": SECRET}}),
        CreateKeyPair=(None, {"privateKeyBase64": SECRET}),
        DownloadDefaultKeyPair=(None, {"privateKeyBase64": SECRET}),
        GetRelationalDatabaseMasterUserPassword=(None, {"masterUserPassword": SECRET}),
    )
    yield from _of("directconnect", CreateBGPPeer={"newBGPPeer": {"asn": 64500, "authKey": SECRET}})
    yield from _of("imagebuilder", CreateImageRecipe={"additionalInstanceConfiguration": {"userDataOverride": SECRET}})
    yield from _of("storagegateway", JoinDomain={"password": SECRET}, SetSMBGuestPassword={"password": SECRET})
    yield from _of("ds", CreateDirectory={"password": SECRET}, ResetUserPassword={"newPassword": SECRET})
    yield from _of("iot", CreateKeysAndCertificate=(None, {"keyPair": {"PublicKey": "x", "PrivateKey": SECRET}}))


def _databases() -> Iterator[SecretEvent]:
    yield from _of(
        "rds",
        CreateDBInstance={"masterUsername": "admin", "masterUserPassword": SECRET},
        ModifyDBInstance=({"masterUserPassword": SECRET}, {"pendingModifiedValues": {"masterUserPassword": SECRET}}),
        CreateDBCluster={"masterUserPassword": SECRET, "tdeCredentialPassword": SECRET},
        RestoreDBInstanceFromS3={"masterUserPassword": SECRET},
    )
    yield from _of(
        "redshift",
        CreateCluster={"masterUserPassword": SECRET},
        GetClusterCredentials=(None, {"dbUser": "x", "dbPassword": SECRET}),
    )
    yield from _of("redshift-serverless", CreateNamespace={"adminUserPassword": SECRET})
    yield from _of(
        "elasticache",
        CreateReplicationGroup={"authToken": SECRET},
        CreateUser={"userName": "x", "passwords": [SECRET], "authenticationMode": {"passwords": [SECRET]}},
    )
    domain = {"advancedSecurityOptions": {"masterUserOptions": {"masterUserPassword": SECRET}}}
    yield from _of("es", CreateDomain=domain)
    yield from _of(
        "mq", CreateBroker={"users": [{"username": "x", "password": SECRET}]}, CreateUser={"password": SECRET}
    )
    yield from _of("dms", CreateEndpoint={"username": "x", "password": SECRET})
    yield from _of("elasticmapreduce", RunJobFlow={"kerberosAttributes": {"kdcAdminPassword": SECRET}})
    yield from _of(
        "glue",
        CreateConnection={"connectionInput": {"connectionProperties": {"USERNAME": "x", "PASSWORD": SECRET}}},
        CreateJob={"defaultArguments": {"--db-password": SECRET}},
    )
    yield from _of("quicksight", CreateDataSource={"credentials": {"credentialPair": {"password": SECRET}}})
    yield from _of("kafkaconnect", CreateConnector={"connectorConfiguration": {"database.password": SECRET}})


def _programs() -> Iterator[SecretEvent]:
    yield from _of(
        "lambda",
        CreateFunction20150331={"functionName": "pay", "environment": _VARIABLES},
        UpdateFunctionConfiguration20150331v2=({"environment": _VARIABLES}, {"environment": _VARIABLES}),
        GetFunction20150331v2=(None, {"configuration": {"environment": _VARIABLES}}),
    )
    yield from _of(
        "ecs",
        RegisterTaskDefinition={"containerDefinitions": [{"environment": _PAIRS}]},
        RunTask={"overrides": {"containerOverrides": [{"environment": _PAIRS}]}},
    )
    yield from _of("batch", RegisterJobDefinition={"containerProperties": {"environment": _PAIRS}})
    yield from _of(
        "codebuild",
        CreateProject={
            "environment": {"environmentVariables": [*_PAIRS, {"name": "X", "value": SECRET, "type": "PLAINTEXT"}]}
        },
        StartBuild={"environmentVariablesOverride": _PAIRS},
        ImportSourceCredentials={"serverType": "GITHUB", "token": SECRET},
    )
    yield from _of(
        "amplify", CreateApp={"environmentVariables": {"STRIPE": SECRET}, "oauthToken": SECRET, "accessToken": SECRET}
    )
    yield from _of(
        "apprunner", CreateService={"imageConfiguration": {"runtimeEnvironmentVariables": {"STRIPE": SECRET}}}
    )
    option = {"namespace": "aws:elasticbeanstalk:application:environment", "optionName": "STRIPE", "value": SECRET}
    yield from _of("elasticbeanstalk", CreateEnvironment={"optionSettings": [option]})
    yield from _of(
        "cloudformation",
        CreateStack={"stackName": "x", "parameters": [{"parameterKey": "DbPassword", "parameterValue": SECRET}]},
    )
    yield from _of(
        "servicecatalog", ProvisionProduct={"provisioningParameters": [{"key": "DbPassword", "value": SECRET}]}
    )
    yield from _of("apigateway", CreateApiKey=({"name": "web"}, {"id": "x", "value": SECRET}))
    yield from _of(
        "codepipeline",
        CreatePipeline={"pipeline": {"stages": [{"actions": [{"configuration": {"OAuthToken": SECRET}}]}]}},
        UpdatePipeline={
            "pipeline": {"configuration": {"EnvironmentVariables": f'[{{"name":"STRIPE","value":"{SECRET}"}}]'}}
        },
        PutWebhook={"webhook": {"authenticationConfiguration": {"secretToken": SECRET}}},
    )
    basic = {"basicAuthParameters": {"username": "x", "password": SECRET}}
    yield from _of(
        "events", CreateConnection={"authParameters": {**basic, "apiKeyAuthParameters": {"apiKeyValue": SECRET}}}
    )
    yield from _of("ecr", GetAuthorizationToken=(None, {"authorizationData": [{"authorizationToken": SECRET}]}))
    yield from _of(
        "airflow", CreateCliToken=(None, {"cliToken": SECRET}), CreateWebLoginToken=(None, {"webToken": SECRET})
    )
    yield from _of(
        "sns", CreatePlatformApplication={"attributes": {"PlatformCredential": SECRET, "PlatformPrincipal": "x"}}
    )
    yield from _of(
        "mobiletargeting", UpdateApnsChannel={"aPNSChannelRequest": {"privateKey": SECRET, "tokenKey": SECRET}}
    )
    yield from _of("opsworks", CreateApp={"appSource": {"password": SECRET, "sshKey": SECRET}})
    yield from _of("connect", CreateUser={"username": "bob", "password": SECRET})


SECRET_EVENTS = {
    f"{event.source}:{event.name}": event
    for part in (_identities, _stores, _machines, _databases, _programs)
    for event in part()
}
