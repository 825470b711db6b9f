"""Bad rows planted in the extracts: each must be rejected, and none may change a figure."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """One bad row. A superseded row copies row `copies` of its table and stands before it."""

    table: str
    reason: str
    values: dict = field(default_factory=dict)
    supersedes: bool = False
    copies: int = 0


FAULTS = (
    Fault("customer", "out_of_range", {
        "customer_id": "CX00001", "customer_type_code": "company",
        "customer_name": "演示企业X0001有限公司"}),
    Fault("customer", "duplicate_key", {"region": "城东", "in_rating_scope": "false"},
          supersedes=True, copies=41),
    Fault("product", "missing_required", {
        "product_code": "LN999", "product_family_code": "loan", "is_specialised": "true"}),
    Fault("deposit_account", "bad_order", {
        "account_id": "DX00001", "customer_id": "C00007", "product_code": "DP001",
        "currency_code": "CNY", "open_date": "2015-03-02", "close_date": "2015-02-27",
        "annual_rate_pct": "0.35"}),
    Fault("deposit_balance", "unknown_reference", {
        "account_id": "DX99999", "balance_date": "2015-12-31", "balance": 88_000_000.0}),
    Fault("deposit_balance", "duplicate_key", {"balance": 123_456_789.01},
          supersedes=True, copies=500),
    Fault("deposit_rate", "out_of_range", {
        "account_id": "D000001", "effective_date": "2015-07-01", "annual_rate_pct": "65.0"}),
    Fault("fee_income", "wrong_type", {
        "fee_id": "FX00001", "customer_id": "C00012", "booked_date": "2015-06-30",
        "fee_type_code": "settlement", "amount": "1,234.50", "currency_code": "CNY"}),
    Fault("fee_income", "missing_required", {
        "fee_id": "FX00002", "booked_date": "2015-09-30", "fee_type_code": "agency",
        "amount": "2600.00", "currency_code": "CNY"}),
    Fault("loan_contract", "bad_order", {
        "loan_id": "LX00001", "customer_id": "C00021", "product_code": "LN000",
        "loan_type_code": "WC", "currency_code": "CNY", "contract_amount": "5000000.00",
        "start_date": "2015-08-10", "maturity_date": "2015-02-10", "annual_rate_pct": "6.5"}),
    Fault("loan_balance", "unknown_reference", {
        "loan_id": "LX99999", "balance_date": "2015-05-20", "principal_balance": 3_000_000.0}),
    Fault("loan_classification", "out_of_range", {
        "loan_id": "L00001", "effective_date": "2015-12-31", "class_code": "6"}),
    Fault("ftp_curve", "wrong_type", {
        "curve_code": "CNY", "curve_date": "2015/07/02", "tenor_days": "365",
        "annual_rate_pct": "4.25"}),
    Fault("exchange_rate", "out_of_range", {
        "currency_code": "USD", "rate_date": "2015-11-12", "rate_to_reporting": "0"}),
)  # fmt: skip
