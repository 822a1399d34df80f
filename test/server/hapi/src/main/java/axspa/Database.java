package axspa;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirPostgresDialect;
import jakarta.persistence.EntityManagerFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/** Where HAPI keeps its tables: H2 in memory, H2 in a directory, or PostgreSQL. */
@Configuration
@EnableTransactionManagement
class Database {
  private static final String H2_FILE = "hapi";

  @Bean
  DataSource dataSource(Options options) {
    BasicDataSource source = new BasicDataSource();
    source.setUrl(urlOf(options));
    source.setUsername(options.jdbc() == null ? "sa" : options.user());
    source.setPassword(options.jdbc() == null ? "" : options.password());
    source.setMaxTotal(30);
    source.setMaxWaitMillis(30_000);
    return source;
  }

  private static String urlOf(Options options) {
    if (options.jdbc() != null) return options.jdbc();
    if (options.data() == null) return "jdbc:h2:mem:hapi;DB_CLOSE_DELAY=-1";
    // No write delay: what was answered 201 must be there after a kill, as on a real database.
    return "jdbc:h2:file:" + options.data().resolve(H2_FILE) + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE";
  }

  @Bean
  LocalContainerEntityManagerFactoryBean entityManagerFactory(
      ConfigurableListableBeanFactory beans, FhirContext fhir, JpaStorageSettings storage, DataSource source) {
    LocalContainerEntityManagerFactoryBean factory =
        HapiEntityManagerFactoryUtil.newEntityManagerFactory(beans, fhir, storage);
    factory.setPersistenceUnitName("hapi");
    factory.setDataSource(source);
    factory.setJpaProperties(hibernate(beans.getBean(Options.class)));
    return factory;
  }

  private static Properties hibernate(Options options) {
    boolean postgres = options.jdbc() != null && options.jdbc().startsWith("jdbc:postgresql:");
    Properties properties = new Properties();
    properties.put(
        "hibernate.dialect", (postgres ? HapiFhirPostgresDialect.class : HapiFhirH2Dialect.class).getName());
    properties.put("hibernate.hbm2ddl.auto", tablesFor(options));
    properties.put("hibernate.search.enabled", "false");
    properties.put("hibernate.archive.scanner", "org.hibernate.boot.archive.scan.internal.DisabledScanner");
    return properties;
  }

  /** Comparing every table with the model takes seconds; only a database that is not ours alone needs it. */
  private static String tablesFor(Options options) {
    if (options.jdbc() != null) return "update";
    Path data = options.data();
    return data != null && Files.exists(data.resolve(H2_FILE + ".mv.db")) ? "none" : "create";
  }

  @Bean
  JpaTransactionManager transactionManager(EntityManagerFactory factory) {
    return new JpaTransactionManager(factory);
  }
}
