package axspa;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.config.JpaConfig;
import ca.uhn.fhir.jpa.provider.IJpaSystemProvider;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import org.springframework.context.ApplicationContext;

/** HAPI's REST door, with the providers of its JPA store behind it. */
class FhirServlet extends RestfulServer {
  private final transient ApplicationContext beans;

  FhirServlet(ApplicationContext beans) {
    super(beans.getBean(FhirContext.class));
    this.beans = beans;
  }

  @Override
  protected void initialize() {
    registerProviders(beans.getBean(ResourceProviderFactory.class).createProviders());
    registerProvider(beans.getBean(IJpaSystemProvider.class));
    setPagingProvider(beans.getBean(DatabaseBackedPagingProvider.class));
    setServerConformanceProvider(capabilities());
  }

  private JpaCapabilityStatementProvider capabilities() {
    JpaCapabilityStatementProvider provider =
        new JpaCapabilityStatementProvider(
            this,
            beans.getBean(IFhirSystemDao.class),
            beans.getBean(JpaStorageSettings.class),
            beans.getBean(ISearchParamRegistry.class),
            beans.getBean(JpaConfig.JPA_VALIDATION_SUPPORT_CHAIN, IValidationSupport.class));
    provider.setImplementationDescription("HAPI FHIR R4 server of the tests");
    return provider;
  }
}
