"""A small bank of extremes that once broke a figure or the build, against the oracle."""

import pytest

import oracle
import pricing
from warehouse import build

EXTRACTS = {
    # The last node is "for ever", so the bracket above one year is very wide.
    "ftp_curve": """curve_code,curve_date,tenor_days,annual_rate_pct
CNY,2015-01-01,1,2.0
CNY,2015-01-01,30,2.1
CNY,2015-01-01,999999,5.0
""",
    "customer": """customer_id,customer_type_code,in_rating_scope,industry_section,industry_class_code
C1,corporate,true,F,5%
C2,corporate,true,K,70_0
""",  # noqa: E501
    # Core systems write 1899-12-30 and 9999-12-31 for days nobody knows.
    "loan_contract": """loan_id,customer_id,product_code,loan_type_code,contract_amount,start_date,maturity_date,annual_rate_pct
L1,C1,P,WC,1000.00,1899-12-30,9999-12-31,6.0
L2,C1,P,WC,3000000000000000.00,2015-01-01,2016-01-01,6.0
L3,C2,P,WC,1000000.00,2015-02-01,2015-02-01,0
""",  # noqa: E501
    "loan_balance": """loan_id,balance_date,principal_balance
L1,1899-12-31,1000.00
L2,2015-01-01,3000000000000000.00
L3,2015-02-01,0.01
L3,2015-02-02,-0.01
""",
    "deposit_account": """account_id,customer_id,product_code,open_date,annual_rate_pct
A1,C2,D,2015-03-05,0.35
""",
    "deposit_balance": """account_id,balance_date,balance
A1,2015-03-05,123456.78
A1,2015-12-31,-9999.99
""",
}


@pytest.mark.slow
def test_extremes_to_the_cent(tmp_path):
    extracts = tmp_path / "extracts"
    extracts.mkdir()
    for name, text in EXTRACTS.items():
        (extracts / f"{name}.csv").write_text(text, encoding="utf-8")
    built = build(extracts, tmp_path / "work", tests=True)
    assert built.returncode == 0, built.output
    assert oracle.compare(oracle.compute(extracts), built.database) == []
    assert pricing.differences(built.database, pricing.copies(built.database)) == []
    assert built.rows("from quality.unpriced_balance") == []
