package axspa;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.IValidatorModule;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Questionnaire;
import org.hl7.fhir.r5.utils.validation.constants.BestPracticeWarningLevel;

/** What the validator knows beside FHIR R4 itself. HAPI's own support keeps no Questionnaires. */
final class ValidateContent extends PrePopulatedValidationSupport {
  private final Map<String, Questionnaire> questionnaires = new ConcurrentHashMap<>();

  ValidateContent(FhirContext context) {
    super(context);
  }

  @Override
  public void addResource(IBaseResource resource) {
    if (resource instanceof Questionnaire one) {
      questionnaires.put(one.getUrl(), one);
      questionnaires.put(one.getUrl() + "|" + one.getVersion(), one);
    } else {
      super.addResource(resource);
    }
  }

  @Override
  public <T extends IBaseResource> T fetchResource(Class<T> type, String uri) {
    return type == Questionnaire.class ? type.cast(questionnaires.get(uri)) : super.fetchResource(type, uri);
  }

  /** Nothing is ever fetched. */
  IValidatorModule toModule() {
    FhirContext context = getFhirContext();
    ValidationSupportChain chain =
        new ValidationSupportChain(
            new DefaultProfileValidationSupport(context),
            this,
            new SnapshotGeneratingValidationSupport(context),
            new InMemoryTerminologyServerValidationSupport(context),
            new CommonCodeSystemsTerminologyService(context));
    FhirInstanceValidator validator = new FhirInstanceValidator(chain);
    validator.setErrorForUnknownProfiles(true);
    validator.setBestPracticeWarningLevel(BestPracticeWarningLevel.Warning);
    return validator;
  }
}
